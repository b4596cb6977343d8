import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Query, Row } from './row-codec.ts';
import type { SqlConnection } from './sql-connection.ts';
import type { Sql, SqlValue } from './sql.ts';

/** Preparing a statement takes longer than running most. */
const MAX_PREPARED_STATEMENTS = 256;

/** Runs SQL on one connection. */
export interface SqliteConnection extends SqlConnection {
  first<Item>(query: Query<Item>): Item | undefined;
  all<Item>(query: Query<Item>): Item[];
  /** One row after the other, while other statements may run. */
  each<Item>(query: Query<Item>): Iterable<Item>;
  rows(query: Sql): readonly Row[];
  number(query: Sql): number;
  run(statement: Sql): void;
}

/** Keeps prepared statements by their text, at most 256, the oldest out first. */
export function createSqliteConnection(database: DatabaseSync): SqliteConnection {
  const prepared = new Map<string, StatementSync>();

  function statementOf(text: string): StatementSync {
    const ready = prepared.get(text);
    if (ready !== undefined) return ready;
    const statement = prepare(database, text);
    const [oldest] = prepared.keys();
    if (prepared.size >= MAX_PREPARED_STATEMENTS && oldest !== undefined) prepared.delete(oldest);
    prepared.set(text, statement);
    return statement;
  }

  function row({ text, values }: Sql): Row | undefined {
    const result: unknown = statementOf(text).get(...checked(values));
    return result as Row | undefined;
  }

  function rows({ text, values }: Sql): readonly Row[] {
    const result: unknown = statementOf(text).all(...checked(values));
    return result as Row[];
  }

  return {
    first(query) {
      const first = row(query);
      return first && query.read(first, 0);
    },
    all: (query) => rows(query).map((each) => query.read(each, 0)),
    *each({ text, values, read }) {
      // A statement of its own: another query with the same text would begin a kept one again.
      const result: Iterable<unknown> = prepare(database, text).iterate(...checked(values));
      for (const each of result) yield read(each as Row, 0);
    },
    rows,
    number: (query) => Number(row(query)?.[0]),
    run: ({ text, values }) => void statementOf(text).run(...checked(values)),
  };
}

/**
 * SQLite looks at these values when it prepares a statement, and prepares it anew each time that
 * they are bound. That takes as long as reading a page. It does not look behind a sign
 * (docs/decisions/0100).
 */
const LOOKED_AT = /\b(limit|like) \?/g;

/**
 * Its rows are arrays. As objects they take twice the time and leave garbage that only a full
 * collection finds: a service under load held 200 MB of it. No table has blobs, and its numbers are
 * whole ones up to 2⁵³, so that each value is one of `SqlValue`.
 */
function prepare(database: DatabaseSync, text: string): StatementSync {
  const statement = database.prepare(text.replaceAll(LOOKED_AT, '$1 +?'));
  statement.setReturnArrays(true);
  return statement;
}

/** `node:sqlite` would silently turn NaN and what is missing into NULL. */
function checked(values: readonly SqlValue[]): readonly SqlValue[] {
  for (const value of values) {
    if (value === undefined || Number.isNaN(value))
      throw new TypeError(`${value} can't be bound to a statement`);
  }
  return values;
}
