import type { Filter } from '@anaquel/jsonapi';
import type { Sql } from '@anaquel/runtime/sql';

/** A query of ids as a column `found`: of all, or within so many entries of an index. */
export type NarrowedIds = (limit?: number) => Sql;

/** What each database writes in a way of its own. */
export interface ProductSql {
  /** Whether a column with a JSON list of texts holds the text of a filter. */
  readonly hasElement: (list: Sql, filter: Filter) => Sql;
  /**
   * That a product is one of those whose ids a query gives, as a column `found`. They are found by
   * their ids, each once and in the order of these.
   */
  readonly isAmong: (ids: Sql) => Sql;
  /**
   * What follows FROM for the products that an index leads to, where more than are counted end the
   * search. To be tried one after the other: the last one leads to all, others to those within so
   * many entries as should be enough, if that is not null.
   */
  readonly firstAmong: (ids: NarrowedIds, enough: number | null) => readonly Sql[];
  /** A query of these ids, as a column `found`. */
  readonly listed: (ids: readonly number[]) => Sql;
  /** A query of the products that have words, which a query gives; both as a column `found`. */
  readonly holdersOf: (words: Sql) => Sql;
}
