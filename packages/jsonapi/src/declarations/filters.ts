import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { normalText } from '../texts.ts';
import type { FilterOperator, FilterValue } from './list-request.ts';

/** How a filter reads and compares values. */
export interface FilterKind<
  Value extends FilterValue = FilterValue,
  Operator extends FilterOperator = FilterOperator,
> {
  /** What `filter[field]=` without an operator means. */
  readonly plain: Operator;
  readonly operators: readonly Operator[];
  /** One value, for the documentation. */
  readonly schema: TSchema;
  /** Completes "… must be" for one value. */
  readonly expects: string;
  /**
   * One value, or undefined when the text is none. A list stands for itself, whatever the operator.
   */
  readonly read: (text: string) => Value | undefined;
  /** The most values of an `in`. */
  readonly maxCount: number;
}

const MAX_COUNT = 100;

function kind<Value extends FilterValue, const Operator extends FilterOperator>(
  declaration: Pick<FilterKind<Value, Operator>, 'operators' | 'schema' | 'expects' | 'read'>,
): FilterKind<Value, Operator | 'eq'> {
  return { plain: 'eq', maxCount: MAX_COUNT, ...declaration };
}

/** Adds the operator `null`, true for rows without a value. */
export function orNull<Value extends FilterValue, Operator extends FilterOperator>(
  of: FilterKind<Value, Operator>,
): FilterKind<Value, Operator | 'null'> {
  return { ...of, operators: [...of.operators, 'null'] };
}

/** The same kind with these operators alone, the first one for a filter that names none. */
export function comparedBy<Value extends FilterValue, const Operator extends FilterOperator>(
  of: FilterKind<Value>,
  plain: Operator,
  ...others: readonly Operator[]
): FilterKind<Value, Operator> {
  return { ...of, plain, operators: [plain, ...others] };
}

/**
 * Free text of 1 to `maxLength` code points, compared exactly, in the form in which texts are
 * stored.
 */
export function text(maxLength: number) {
  return kind({
    operators: ['eq', 'ne', 'in', 'contains', 'startsWith'],
    schema: Type.String({ minLength: 1, maxLength }),
    expects: `text of 1 to ${maxLength} characters`,
    read(value) {
      const normal = normalText(value);
      return normal !== '' && Array.from(normal).length <= maxLength ? normal : undefined;
    },
  });
}

/** Whether a list of texts has this element. */
export function element(maxLength: number) {
  return comparedBy(text(maxLength), 'contains');
}

export function oneOf<const Value extends string>(values: readonly Value[]) {
  return kind({
    operators: ['eq', 'ne', 'in'],
    schema: Type.Unsafe<Value>({ type: 'string', enum: [...values] }),
    expects: `one of ${values.join(', ')}`,
    read: (value: string): Value | undefined => values.find((candidate) => candidate === value),
  });
}

export function boolean() {
  return kind({
    operators: ['eq'],
    schema: Type.Boolean(),
    expects: BOOLEAN_EXPECTED,
    read: readBoolean,
  });
}

export const BOOLEAN_EXPECTED = 'true or false';

export function readBoolean(value: string): boolean | undefined {
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

const NUMBER = /^-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,6})?$/;

/** A number in plain decimals, at most six of them. */
export function number() {
  return kind({
    operators: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in'],
    schema: Type.Number(),
    expects: 'a number such as 12 or 9.5',
    read: (value) => {
      const read = NUMBER.test(value) ? Number(value) : Number.NaN;
      return Math.abs(read) <= Number.MAX_SAFE_INTEGER ? read : undefined;
    },
  });
}

const TIMESTAMP =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** A moment of RFC 3339, read as UTC with milliseconds. */
export function timestamp() {
  return kind({
    operators: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'],
    schema: Type.String({ format: 'date-time' }),
    expects: 'a moment such as 2026-01-31T12:00:00Z',
    read: (value) => {
      const [, day] = TIMESTAMP.exec(value) ?? [];
      // A day past the end of its month would be read as one of the next.
      const exists = day !== undefined && new Date(day).toISOString().startsWith(day);
      const moment = exists ? new Date(value).toISOString() : undefined;
      // Years with a sign would sort before all others.
      return moment?.length === '2026-01-31T12:00:00.000Z'.length ? moment : undefined;
    },
  });
}

/**
 * Ids that are whole numbers from 1; without an operator a comma-separated list of at most
 * `maxCount`.
 */
export function ids(maxCount: number): FilterKind<number, 'eq' | 'ne' | 'in'> {
  const id = kind({
    operators: ['eq', 'ne', 'in'],
    schema: Type.String({ pattern: '^[1-9][0-9]*$' }),
    expects: `a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`,
    read: (value) => readInteger(value, 1, Number.MAX_SAFE_INTEGER),
  });
  return { ...id, plain: 'in', maxCount };
}

/** Ids that are texts, such as UUIDs. */
export function textId() {
  return comparedBy(text(100), 'eq', 'ne');
}

const CANONICAL_INTEGER = /^(?:0|-?[1-9][0-9]{0,15})$/;

export function readInteger(value: string, min: number, max: number): number | undefined {
  if (!CANONICAL_INTEGER.test(value)) return undefined;
  const read = Number(value);
  return read >= min && read <= max && Number.isSafeInteger(read) ? read : undefined;
}
