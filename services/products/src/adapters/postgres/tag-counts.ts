import { sql, type Sql } from '@anaquel/runtime/sql';
import type { TagVisibility } from '../../application/product-tags.ts';
import type { NewProduct } from '../../domain/product.ts';
import { nameKey } from '../../domain/search-text.ts';
import type { Change } from './change.ts';

interface TagCount {
  readonly visibility: TagVisibility;
  readonly tag: string;
  readonly name_sort: string;
  difference: number;
}

/** What changes do to the numbers of products that have each tag. */
export function tagChanges(changes: readonly Change[]): Sql[] {
  const counts = new Map<string, TagCount>();
  for (const { before, after } of changes) {
    if (before) count(counts, before, -1);
    if (after) count(counts, after, 1);
  }
  const changed = [...counts.values()].filter(({ difference }) => difference !== 0);
  if (changed.length === 0) return [];
  const more = changed.filter(({ difference }) => difference > 0);
  const fewer = changed.filter(({ difference }) => difference < 0);
  return [
    // All take the rows in the same order, so that none wait for each other.
    sql`select 1 from product_tags
      where (tag, visibility) in (select tag, visibility from ${table(changed)})
      order by tag, visibility for update`,
    ...(more.length > 0 ? [countMore(more)] : []),
    ...(fewer.length > 0 ? countFewer(fewer) : []),
  ];
}

function count(counts: Map<string, TagCount>, product: NewProduct, difference: number): void {
  const visibilities: TagVisibility[] = product.status === 'active' ? ['active', 'all'] : ['all'];
  for (const tag of new Set(product.tags)) {
    for (const visibility of visibilities) {
      const key = `${visibility} ${tag}`;
      const known = counts.get(key);
      if (known) known.difference += difference;
      else counts.set(key, { visibility, tag, name_sort: nameKey(tag), difference });
    }
  }
}

function countMore(counts: readonly TagCount[]): Sql {
  return sql`insert into product_tags (visibility, tag, products, name_sort)
    select visibility, tag, difference, name_sort from ${table(counts)}
    order by tag collate "C", visibility collate "C"
    on conflict (tag, visibility) do update
      set products = product_tags.products + excluded.products, name_sort = excluded.name_sort`;
}

function countFewer(counts: readonly TagCount[]): Sql[] {
  return [
    sql`update product_tags set products = products + difference from ${table(counts)}
      where product_tags.tag = counted.tag and product_tags.visibility = counted.visibility`,
    sql`delete from product_tags
      where (tag, visibility) in (select tag, visibility from ${table(counts)}) and products = 0`,
  ];
}

function table(counts: readonly TagCount[]): Sql {
  return sql`json_to_recordset(cast(${JSON.stringify(counts)} as json))
    as counted (visibility text, tag text, difference bigint, name_sort text)`;
}
