import type { PostgresConnection } from '@anaquel/runtime/postgres';
import {
  createSqliteConnection,
  sql,
  type DatabaseKind,
  type Row,
  type Sql,
} from '@anaquel/runtime/sql';
import type { DatabaseSync } from 'node:sqlite';

/** The columns of each table with their types, without those that are computed of others. */
export type Layout = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** One side of a copy: a connection in a transaction. */
export interface CopyConnection {
  readonly kind: DatabaseKind;
  layout(): Promise<Layout>;
  number(query: Sql): Promise<number>;
  /** The rows of a query, so many at a time. */
  slices(query: Sql, rowsASlice: number): AsyncIterable<readonly Row[]>;
  run(statement: Sql): Promise<void>;
  /** `columns` have their types. */
  insert(table: string, columns: ReadonlyMap<string, string>, rows: readonly Row[]): Promise<void>;
}

/** A name, or names, as they stand in a statement. */
export function named(...names: readonly string[]): Sql {
  return raw(names.map((name) => `"${name}"`).join(', '));
}

function raw(text: string): Sql {
  return { text, values: [] };
}

export function createSqliteCopyConnection(database: DatabaseSync): CopyConnection {
  const connection = createSqliteConnection(database);
  return {
    kind: 'sqlite',
    async layout() {
      return layoutOf(
        connection.rows(sql`select tables.name, columns.name, columns.type
          from sqlite_schema as tables, pragma_table_xinfo(tables.name) as columns
          where tables.type = 'table' and columns.hidden = 0`),
      );
    },
    number: async (query) => connection.number(query),
    async *slices(query, rowsASlice) {
      let slice: Row[] = [];
      for (const row of connection.each({ ...query, read: (each) => each })) {
        slice.push(row);
        if (slice.length < rowsASlice) continue;
        yield slice;
        slice = [];
      }
      if (slice.length > 0) yield slice;
    },
    run: async (statement) => connection.run(statement),
    async insert(table, columns, rows) {
      const names = [...columns.keys()];
      const places = names.map(() => '?').join(', ');
      const { text } = sql`insert into ${named(table)} (${named(...names)}) values`;
      for (const values of rows) connection.run({ text: `${text} (${places})`, values });
    },
  };
}

/** `connection` is in a transaction. */
export function createPostgresCopyConnection(connection: PostgresConnection): CopyConnection {
  return {
    kind: 'postgres',
    async layout() {
      return layoutOf(
        await connection.rows(sql`select table_name, column_name, data_type
          from information_schema.columns
          where table_schema = current_schema() and is_generated = 'NEVER'`),
      );
    },
    number: (query) => connection.number(query),
    async *slices(query, rowsASlice) {
      await connection.run(sql`declare copied no scroll cursor for ${query}`);
      for (;;) {
        const rows = await connection.rows(raw(`fetch ${rowsASlice} from copied`));
        if (rows.length > 0) yield rows;
        if (rows.length < rowsASlice) break;
      }
      await connection.run(sql`close copied`);
    },
    run: (statement) => connection.run(statement),
    async insert(table, columns, rows) {
      const types = [...columns.values()];
      const fields = types.map((_, place) => `c${place}`);
      const typed = fields.map((field, place) => `${field} ${types[place]}`);
      await connection.run(sql`insert into ${named(table)} (${named(...columns.keys())})
        select ${raw(fields.join(', '))}
        from json_to_recordset(cast(${jsonOf(rows)} as json)) as r (${raw(typed.join(', '))})`);
    },
  };
}

/** One parameter for all rows: many parameters take the server longer than the rows. */
function jsonOf(rows: readonly Row[]): string {
  return JSON.stringify(
    rows.map((row) => Object.fromEntries(row.map((value, place) => [`c${place}`, value]))),
  );
}

function layoutOf(rows: readonly Row[]): Layout {
  const layout = new Map<string, Map<string, string>>();
  for (const [table, column, type] of rows) {
    const columns = layout.get(String(table)) ?? new Map<string, string>();
    layout.set(String(table), columns.set(String(column), String(type)));
  }
  return layout;
}
