import { TEXT_FORM } from '../src/domain/search-text.ts';
import type { ProductPlace } from './product-place.ts';

/**
 * Fills an empty database with products 1 to `count` and all that is derived from them, in
 * statements that both kinds of database take. Product i has the words "lamp", "kind" and i % 8,
 * "shape" and i % 50, "model" and i % 2000, and i itself; the SKU "sku-" and i; the tags "tag" and
 * i % 4, "rare" and i % 1000. The last twentieth has the word "winter". Its price has nothing to do
 * with the order in which products were added.
 */
export async function fillWithProducts({ url, run }: ProductPlace, count: number): Promise<void> {
  const own = url.startsWith('file:')
    ? { column: '', value: '' }
    : { column: ', text_form', value: `, ${TEXT_FORM}` };
  const winter = `case when i > ${count * 0.95} then ' winter' else '' end`;
  const name = `'lamp kind' || (i % 8) || ' shape' || (i % 50) || ' model' || (i % 2000) || ${winter} || ' ' || i`;
  const mixed = `(i * 7919) % ${count}`;
  await run(
    `insert into products (id, sku, name, price_minor, currency, status, tags, version, created_at, updated_at,
        name_sort, price_sort, search_text, folded_version${own.column})
      with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
      select i, 'sku-' || i, ${name}, ${mixed}, case when i % 50 = 0 then 'EUR' else 'USD' end,
        case when i % 20 = 0 then 'draft' when i % 2000 = 1 then 'archived' else 'active' end,
        '["tag' || (i % 4) || '","rare' || (i % 1000) || '"]', 1, '2026-' || (1000000 + i),
        '2026-' || (1000000 + ${mixed}), ${name}, ${mixed} * 100,
        ${name} || ' sku-' || i || ' tag' || (i % 4) || ' rare' || (i % 1000), 1${own.value} from n`,
    ...[
      `'lamp'`,
      `'kind' || (id % 8)`,
      `'shape' || (id % 50)`,
      `'model' || (id % 2000)`,
      `cast(id as text)`,
      `'sku-' || id`,
      `'tag' || (id % 4)`,
      `'rare' || (id % 1000)`,
    ].map(
      (word) => `insert into product_words (word, product_id) select ${word}, id from products`,
    ),
    `insert into product_words (word, product_id) select 'winter', id from products where id > ${count * 0.95}`,
    `insert into word_endings (ending, word)
      with recursive part (ending, word) as (select distinct word, word from product_words
        union all select substr(ending, 2), word from part where length(ending) > 1)
      select distinct ending, word from part`,
    `update product_counts set products = (
      select count(*) from products where products.status = product_counts.status)`,
  );
}
