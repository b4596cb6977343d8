import { elementCondition, sql } from '@anaquel/runtime/sql';
import type { ProductSql } from '../sql/product-sql.ts';

export const sqliteProductSql: ProductSql = {
  hasElement: elementCondition,
  isAmong: (ids) => sql`products.id in (${ids})`,
  // Each is given as soon as it is met, so a limit needs no help.
  firstAmong: (ids) => [
    sql`(select distinct found from (${ids()}) as entries) as narrowed
      cross join products where products.id = narrowed.found`,
  ],
  listed: (ids) => sql`select value as found from json_each(${JSON.stringify(ids)})`,
  // The tables of a cross join are gone through in their order, one word after the other.
  holdersOf: (words) => sql`select product_id as found
    from (${words}) as words cross join product_words where product_words.word = words.found`,
};
