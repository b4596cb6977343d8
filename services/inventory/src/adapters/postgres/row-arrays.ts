import { joinSql, sql, type RowCodec, type Sql, type SqlValue } from '@anaquel/runtime/sql';

/** The columns that hold whole numbers. All others hold texts. */
const NUMBERS = new Set([
  'base',
  'counted_on_hand',
  'currency_decimals',
  'first_position',
  'format',
  'key_hash',
  'last_position',
  'low_stock_threshold',
  'made_low',
  'number',
  'on_hand',
  'on_hand_after',
  'on_hand_delta',
  'position',
  'product_id',
  'quantity',
  'record_format',
  'reserved',
  'reserved_after',
  'reserved_delta',
  'sequence',
  'total',
  'version',
]);

/**
 * Columns in which most rows of a batch have the same value. It is given once when all rows have
 * it: an array costs the server as much for each row as all else that it does with the value. All
 * columns of a group are given once, or none: so a statement has few texts.
 */
const OFTEN_THE_SAME: readonly ReadonlySet<string>[] = [
  new Set(['location', 'kind', 'reason', 'reserved_delta', 'reservation_id', 'reservation_change']),
  new Set(['reserved', 'reserved_after', 'made_low', 'crossing']),
  new Set(['low_stock_threshold']),
  new Set(['counted_on_hand', 'counted_at']),
  // Nobody is told of most traces.
  new Set(['traceparent']),
  new Set(['currency', 'currency_decimals', 'reference', 'record_format']),
  new Set(['owner', 'actor', 'idempotency_scope']),
];

/**
 * The rows of some items, to be selected from: each column is one array, or one value. So a
 * statement has the same text for any number of rows.
 */
export function rowsOf<Item>(codec: RowCodec<Item>, items: readonly Item[], alias: string): Sql {
  const names = codec.columns.text.split(', ');
  const rows = items.map((item) => codec.values(item).values);
  const columns = names.map((name, place): ValueArray & { readonly name: string } => {
    const type = NUMBERS.has(name) ? 'bigint' : 'text';
    return { name, type, values: rows.map((row) => row[place] ?? null) };
  });
  const once = new Set(
    OFTEN_THE_SAME.flatMap((group) => {
      const ofGroup = columns.filter(({ name }) => group.has(name));
      return ofGroup.every(({ values }) => isOneValue(values)) ? ofGroup : [];
    }),
  );
  const arrays = columns.filter((column) => !once.has(column));
  const arrayNames = arrays.map(({ name }) => name).join(', ');
  const values = [...once].map(({ name, type, values: [value = null] }) => ({
    text: `?::${type} as ${name}`,
    values: [value],
  }));
  const each = { text: `each.*`, values: [] };
  return sql`(select ${joinSql([...values, each], ', ')}
    from ${unnest(arrays, `each (${arrayNames})`)}) as ${{ text: alias, values: [] }}`;
}

function isOneValue([first, ...others]: readonly SqlValue[]): boolean {
  return others.every((value) => value === first);
}

interface ValueArray {
  readonly type: 'bigint' | 'text';
  readonly values: readonly SqlValue[];
}

/** Pairs, such as keys of levels, to be selected from. */
export function unnest(arrays: readonly ValueArray[], alias: string): Sql {
  const places = arrays.map(({ type }) => `?::${type}[]`).join(', ');
  return {
    text: `unnest(${places}) as ${alias}`,
    values: arrays.map(arrayOf),
  };
}

/** One of these values: the end of a comparison. */
export function anyOf(type: 'bigint' | 'text', values: readonly SqlValue[]): Sql {
  return { text: `= any(?::${type}[])`, values: [arrayOf({ type, values })] };
}

/**
 * An array of texts is JSON between other brackets, but that a backslash stands before a character
 * as it is. https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO
 */
function arrayOf({ type, values }: ValueArray): string {
  if (type === 'bigint') return `{${values.map((value) => value ?? 'null').join(',')}}`;
  const elements = JSON.stringify(values).slice(1, -1);
  return `{${OTHER_ESCAPE.test(elements) ? values.map(quoted).join(',') : elements}}`;
}

/** What JSON escapes but by a backslash before it, or what looks like it. */
const OTHER_ESCAPE = /\\[^"\\]/;

function quoted(value: SqlValue): string {
  return value === null ? 'null' : `"${String(value).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
