import type { Sql } from '@anaquel/runtime/sql';

/** What the lists say to each database in its own words. */
export interface ListDialect {
  /** Names the table of reservations, for a query that keeps to the active ones. */
  readonly activeReservations: Sql;
  /** A query for any number of ids. */
  idsOf(ids: readonly number[]): Sql;
}
