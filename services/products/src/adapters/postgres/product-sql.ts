import type { Filter } from '@anaquel/jsonapi';
import { sql, type Sql } from '@anaquel/runtime/sql';
import type { ProductSql } from '../sql/product-sql.ts';

/**
 * A planner that takes few rows for many joins by reading a whole table. An array leaves it no
 * choice but the index.
 */
export const postgresProductSql: ProductSql = {
  hasElement,
  isAmong: (ids) => sql`products.id = any(array(${ids}))`,
  listed: (ids) => sql`select cast(id as bigint) as found
    from json_array_elements_text(cast(${JSON.stringify(ids)} as json)) as listed (id)`,
  holdersOf: (words) => sql`select product_id as found
    from product_words where word = any(array(${words}))`,
};

function hasElement(list: Sql, { value }: Filter): Sql {
  const element = String(value);
  // A JSON list without the element's text can't hold it, so most lists aren't parsed.
  return sql`(strpos(${list}, ${JSON.stringify(element)}) > 0 and exists (
    select 1 from json_array_elements_text(cast(${list} as json)) as element (text) where text = ${element}))`;
}
