import { joinSql, selectSql, type Insert, type Sql, type SqlValue } from './sql.ts';

/** A row of a result, its values in the order of the statement's columns. */
export type Row = readonly SqlValue[];

/** A column, or an expression that is read as one, and how a field is kept in it. */
export interface Column<Value> {
  readonly name: string;
  /** Null where the value is kept as it is. */
  readonly convert: {
    read(stored: SqlValue): Value;
    write(value: Value): SqlValue;
  } | null;
}

/** A column for each field: one that is missing, or one too many, does not compile. */
export type Columns<Item> = { readonly [Field in keyof Item]-?: Column<Item[Field]> };

/** Of a field whose value is kept as it is. The table's type and checks prove it. */
export function column<Value extends SqlValue>(name: string): Column<Value> {
  return { name, convert: null };
}

/** Kept as 1 or 0. */
export function flag(name: string): Column<boolean> {
  return { name, convert: { read: (stored) => stored === 1, write: Number } };
}

/** Kept as JSON, which nobody but this column writes. */
export function json<Value extends object>(name: string): Column<Value> {
  return {
    name,
    convert: {
      read: (stored) => JSON.parse(String(stored)) as Value,
      write: (value) => JSON.stringify(value),
    },
  };
}

/** Kept as JSON, or as null. */
export function nullableJson<Value extends object>(name: string): Column<Value | null> {
  return {
    name,
    convert: {
      read: (stored) => (stored === null ? null : (JSON.parse(String(stored)) as Value)),
      write: (value) => (value === null ? null : JSON.stringify(value)),
    },
  };
}

/** What a query selects, and how its rows are read. */
export interface RowReader<Item> {
  readonly columns: Sql;
  /** How many columns there are. */
  readonly width: number;
  /** Reads a row whose columns begin at `start`. */
  readonly read: (row: Row, start: number) => Item;
}

/** One list of columns for reading and for writing: their order is no matter of the callers. */
export interface RowCodec<Item> extends RowReader<Item> {
  /** What follows VALUES for the `columns`, without parentheses. */
  values(item: Item): Sql;
  /** What follows SET. */
  assignments(item: Item): Sql;
  /** What follows DO UPDATE SET, so that the row in the table takes these values of the new one. */
  readonly excluded: Sql;
  /** The same columns of a table that a statement calls `alias`. */
  of(alias: string): RowReader<Item>;
}

export function rowCodec<Item extends object>(columns: Columns<Item>): RowCodec<Item> {
  const fields = Object.entries<Column<unknown>>(columns);
  const names = fields.map(([, { name }]) => name);
  const bind = compile(fields, writerCode(fields)) as (item: Item) => SqlValue[];
  const read = compile(fields, readerCode(fields)) as RowReader<Item>['read'];
  const reader = { width: fields.length, read };
  const places = names.map(() => '?').join(', ');
  const sets = names.map((name) => `${name} = ?`).join(', ');
  return {
    ...reader,
    columns: { text: names.join(', '), values: [] },
    values: (item) => ({ text: places, values: bind(item) }),
    assignments: (item) => ({ text: sets, values: bind(item) }),
    excluded: { text: names.map((name) => `${name} = excluded.${name}`).join(', '), values: [] },
    of(alias) {
      const text = names.map((name) => `${alias}.${name}`).join(', ');
      return { ...reader, columns: { text, values: [] } };
    },
  };
}

/** A query and how its rows are read. */
export interface Query<Item> extends Sql {
  readonly read: (row: Row, start: number) => Item;
}

/** A tag for the query that selects what a reader reads: select(LEVEL)`from levels where …`. */
export function select<Item>({ columns, read }: RowReader<Item>) {
  return (template: TemplateStringsArray, ...inserts: readonly Insert[]): Query<Item> => {
    const { text, values } = selectSql(columns, template, inserts);
    return { text, values, read };
  };
}

/**
 * Makes a statement that inserts an item, its text once for all of them. `ending` is what follows
 * the values: ON CONFLICT, …
 */
export function insertInto<Item>(
  table: string,
  codec: RowCodec<Item>,
  ending = '',
): (item: Item) => Sql {
  const places = Array.from({ length: codec.width }, () => '?').join(', ');
  const text = `insert into ${table} (${codec.columns.text}) values (${places}) ${ending}`;
  return (item) => ({ text, values: codec.values(item).values });
}

/** Reads what two readers read of one row. */
export function pairOf<First, Second>(
  first: RowReader<First>,
  second: RowReader<Second>,
): RowReader<readonly [First, Second]> {
  return {
    columns: joinSql([first.columns, second.columns], ', '),
    width: first.width + second.width,
    read: (row, start) => [first.read(row, start), second.read(row, start + first.width)],
  };
}

/** For the optional side of an outer join: null where its first column, which is no null, is. */
export function optional<Item>(reader: RowReader<Item>): RowReader<Item | null> {
  return {
    ...reader,
    read: (row, start) => (row[start] === null ? null : reader.read(row, start)),
  };
}

/** The values of some expressions, as they come. */
export function valuesOf(expressions: readonly Sql[]): RowReader<Row> {
  const width = expressions.length;
  return {
    columns: joinSql(expressions, ', '),
    width,
    read: (row, start) => row.slice(start, start + width),
  };
}

type Fields = readonly (readonly [name: string, column: Column<unknown>])[];

/** Makes an object literal: a loop over the fields takes ten times as long. */
function readerCode(fields: Fields): string {
  const members = fields.map(([name, { convert }], place) => {
    const value = `row[start + ${place}]`;
    return `${JSON.stringify(name)}: ${convert ? `columns[${place}].convert.read(${value})` : value}`;
  });
  return `(row, start) => ({ ${members.join(', ')} })`;
}

function writerCode(fields: Fields): string {
  const values = fields.map(([name, { convert }], place) => {
    const value = `item[${JSON.stringify(name)}]`;
    return convert ? `columns[${place}].convert.write(${value})` : value;
  });
  return `(item) => [${values.join(', ')}]`;
}

/** The code holds nothing but names that stand in the source. */
function compile(fields: Fields, code: string): unknown {
  const columns = fields.map(([, column_]) => column_);
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function('columns', `return ${code}`)(columns);
}
