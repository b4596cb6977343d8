import {
  allOf,
  conditionOf,
  exactCount,
  readListPage,
  sortKeys,
  sqlPart,
  type FilterField,
  type SqlPart,
} from '@anaquel/runtime/sql';
import type { Kysely } from 'kysely';
import type {
  ProductTag,
  ProductTagFilterField,
  ProductTags,
  ProductTagSort,
} from '../application/product-tags.ts';
import { nameKey } from '../domain/search-text.ts';
import { createSqlRunner } from './sql-runner.ts';
import type { ProductsDatabase } from './sql-schema.ts';
import { holdsWords } from './sql-words.ts';

interface TagRow {
  readonly tag: string;
  readonly products: number;
  readonly name_sort: string;
}

const TAG = sqlPart`tag`;
const NAME_KEY = sqlPart`name_sort`;

const FIELDS: Readonly<Record<ProductTagFilterField, FilterField>> = {
  name: TAG,
  productCount: sqlPart`products`,
};
const SORTS: Readonly<Record<ProductTagSort, SqlPart>> = {
  name: NAME_KEY,
  productCount: sqlPart`products`,
};
const SORT_COLUMNS: Readonly<Record<ProductTagSort, keyof TagRow>> = {
  name: 'name_sort',
  productCount: 'products',
};

/** Tags and how many products have each, by the table that triggers keep. */
export function createSqlProductTags(db: Kysely<ProductsDatabase>): ProductTags {
  const run = createSqlRunner(db);

  return {
    async find(name, visibility) {
      const [row] = await run<TagRow>(
        sqlPart`select tag, products, name_sort from product_tags where visibility = ${visibility} and tag = ${name}`,
      );
      return row && toTag(row);
    },
    async list({ filters, words = [], sort, page }, visibility) {
      const condition = allOf([
        sqlPart`visibility = ${visibility}`,
        ...filters.map((filter) => conditionOf(filter, FIELDS)),
        ...holdsWords(NAME_KEY, words),
      ]);
      return readListPage<TagRow, ProductTag>(
        {
          keys: sortKeys(sort, SORTS, TAG),
          rows: ({ where, order, limit, offset }) =>
            run<TagRow>(
              sqlPart`select tag, products, name_sort from product_tags where ${where === null ? condition : allOf([condition, where])} order by ${order} limit ${limit} offset ${offset}`,
            ),
          async count() {
            const [row] = await run<{ total: number }>(
              sqlPart`select count(*) as total from product_tags where ${condition}`,
            );
            return exactCount(row?.total ?? 0);
          },
          toItem: toTag,
          positionOf: (row) => [...sort.map(({ field }) => row[SORT_COLUMNS[field]]), row.tag],
        },
        page,
      );
    },
  };
}

function toTag({ tag, products }: TagRow): ProductTag {
  return { name: tag, productCount: products };
}

/**
 * Gives tags that a change may have brought their place in the order of names, which SQL alone
 * cannot make.
 */
export async function sortTags(
  trx: Kysely<ProductsDatabase>,
  tags: readonly string[],
): Promise<void> {
  for (const tag of tags) {
    const key = nameKey(tag);
    if (key === tag) continue;
    await trx
      .updateTable('product_tags')
      .set({ name_sort: key })
      .where('visibility', 'in', ['active', 'all'])
      .where('tag', '=', tag)
      .where('name_sort', '<>', key)
      .execute();
  }
}
