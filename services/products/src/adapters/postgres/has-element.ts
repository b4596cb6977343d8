import type { Filter } from '@anaquel/jsonapi';
import { sql, type Sql } from '@anaquel/runtime/sql';

/** Whether a column with a JSON list of texts holds the text of a filter. */
export function hasElement(list: Sql, { value }: Filter): Sql {
  const element = String(value);
  // A JSON list without the element's text can't hold it, so most lists aren't parsed.
  return sql`(strpos(${list}, ${JSON.stringify(element)}) > 0 and exists (
    select 1 from json_array_elements_text(cast(${list} as json)) as element (text) where text = ${element}))`;
}
