import type { Query, Row, Sql } from '@anaquel/runtime/sql';

/** By what lists read. SQLite gives rows at once, a server promises them. */
export interface ListReads {
  all<Item>(query: Query<Item>): readonly Item[] | Promise<readonly Item[]>;
  rows(query: Sql): readonly Row[] | Promise<readonly Row[]>;
  /** The one number that a query gives. */
  number(query: Sql): number | Promise<number>;
}
