import type { Sql, SqlReads } from '@anaquel/runtime/sql';

/** The database that lists read, and what each kind of database does in its own way. */
export interface ListDatabase {
  readonly reads: SqlReads;
  /**
   * How many rows one statement looks at, or skips: as many as others can wait for. On SQLite that
   * is all that this process does.
   */
  readonly rowsATurn: number;
  /**
   * Whether one statement may bring all rows into an order that no index has; otherwise that is
   * done here, a slice at a time.
   */
  readonly sortsAll: boolean;
  /** Names the table of reservations, for a query that keeps to the active ones. */
  readonly activeReservations: Sql;
  /** A query for any number of ids. */
  idsOf(ids: readonly number[]): Sql;
}
