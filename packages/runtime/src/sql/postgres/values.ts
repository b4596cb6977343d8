import type { SqlValue } from '../sql.ts';

/**
 * What can be sent: all else is refused before anything is sent, its neighbours included.
 *
 * @throws {TypeError} for all that PostgreSQL can't keep: NaN, infinities, texts with U+0000, what
 * is missing, objects.
 */
export function checkValues(values: readonly unknown[]): asserts values is readonly SqlValue[] {
  for (const value of values) {
    if (value === null) continue;
    if (typeof value === 'number' && Number.isFinite(value)) continue;
    if (typeof value === 'string') {
      if (!value.includes('\0')) continue;
      throw new TypeError("A text with U+0000 can't be given to a statement");
    }
    const what = typeof value === 'number' ? String(value) : typeof value;
    throw new TypeError(`${what} can't be given to a statement`);
  }
}

// https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/catalog/pg_type.dat
const BOOLEAN = 16;
const NUMBERS = new Set([
  20, // bigint
  21, // smallint
  23, // integer
  26, // oid
  700, // real
  701, // double precision
  1700, // numeric, which the sum of bigints is
]);

/** How a column of a type is read: numbers, booleans as SQLite gives them (1 and 0), else texts. */
export function readerOf(type: number): (text: string) => SqlValue {
  if (NUMBERS.has(type)) return readNumber;
  return type === BOOLEAN ? readBoolean : readText;
}

function readNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && !Number.isSafeInteger(number))
    throw new RangeError(`The number ${text} of a row is beyond 2⁵³`);
  return number;
}

function readBoolean(text: string): number {
  return text === 't' ? 1 : 0;
}

function readText(text: string): string {
  return text;
}
