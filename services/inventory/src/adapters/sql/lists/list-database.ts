import type { Sql, TableDatabase } from '@anaquel/runtime/sql';

/** The database that lists read, and what each kind of database does in its own way. */
export interface ListDatabase extends TableDatabase {
  /** Names the table of reservations, for a query that keeps to the active ones. */
  readonly activeReservations: Sql;
  /** A query for any number of ids. */
  idsOf(ids: readonly number[]): Sql;
}
