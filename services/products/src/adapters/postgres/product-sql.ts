import type { Filter } from '@anaquel/jsonapi';
import { sql, type Sql } from '@anaquel/runtime/sql';
import type { ProductSql } from '../sql/product-sql.ts';

/**
 * A planner that takes few rows for many, as one does that has no statistics yet, joins by reading
 * a whole table. Here it has no choice but the index: it takes an array for a short one, and can't
 * look into a subquery with an offset, so that this is asked again for each word.
 */
export const postgresProductSql: ProductSql = {
  hasElement,
  isAmong: (ids) => sql`products.id = any(array(${ids}))`,
  // It would put all ids into a table first.
  firstAmong: (ids, enough) =>
    [...(enough === null ? [] : [ids(enough)]), ids()].map(
      (some) => sql`products where products.id = any(array(${some}))`,
    ),
  listed: (ids) => sql`select cast(id as bigint) as found
    from json_array_elements_text(cast(${JSON.stringify(ids)} as json)) as listed (id)`,
  holdersOf: (words) => sql`select product_id as found from (${words}) as words cross join lateral (
    select product_id from product_words where word = words.found offset 0) as holders`,
};

function hasElement(list: Sql, { value }: Filter): Sql {
  const element = String(value);
  // A JSON list without the element's text can't hold it, so most lists aren't parsed.
  return sql`(strpos(${list}, ${JSON.stringify(element)}) > 0 and exists (
    select 1 from json_array_elements_text(cast(${list} as json)) as element (text) where text = ${element}))`;
}
