import type { Query, Row } from './row-codec.ts';
import type { Sql } from './sql.ts';

/** SQLite gives a result at once, PostgreSQL promises it. */
export type Eventual<Value> = Value | Promise<Value>;

/** Reads rows, whatever the database is. */
export interface SqlReads {
  first<Item>(query: Query<Item>): Eventual<Item | undefined>;
  all<Item>(query: Query<Item>): Eventual<Item[]>;
  rows(query: Sql): Eventual<readonly Row[]>;
  /** The one number that a query gives. */
  number(query: Sql): Eventual<number>;
}

/** Runs SQL on one connection, whatever the database is. */
export interface SqlConnection extends SqlReads {
  run(statement: Sql): Eventual<void>;
}

/** Carries out statements in one transaction, and gives the rows of each. */
export type CommitStatements = (statements: readonly Sql[]) => Promise<readonly (readonly Row[])[]>;
