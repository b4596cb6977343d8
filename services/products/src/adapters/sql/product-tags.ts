import {
  allOf,
  column,
  exactCount,
  filterCondition,
  readListPage,
  rowCodec,
  select,
  sortKeys,
  sql,
  type FilterField,
  type Sql,
  type SqlReads,
} from '@anaquel/runtime/sql';
import type {
  ProductTag,
  ProductTagFilterField,
  ProductTags,
  ProductTagSort,
} from '../../application/product-tags.ts';
import { wordConditions } from './word-conditions.ts';

interface TagRow extends ProductTag {
  /** What tags are ordered and searched by. */
  readonly nameSort: string;
}

const TAG_ROW = rowCodec<TagRow>({
  name: column('tag'),
  productCount: column('products'),
  nameSort: column('name_sort'),
});

const TAG = sql`tag`;
const NAME_SORT = sql`name_sort`;
const PRODUCT_COUNT = sql`products`;

const FIELDS: Readonly<Record<ProductTagFilterField, FilterField>> = {
  name: TAG,
  productCount: PRODUCT_COUNT,
};
const SORTS: Readonly<Record<ProductTagSort, Sql>> = {
  name: NAME_SORT,
  productCount: PRODUCT_COUNT,
};
const SORT_VALUES: Readonly<Record<ProductTagSort, (row: TagRow) => string | number>> = {
  name: ({ nameSort }) => nameSort,
  productCount: ({ productCount }) => productCount,
};

/** Tags and how many products have each, by the table of these counts. */
export function createProductTags(reads: SqlReads): ProductTags {
  return {
    async find(name, visibility) {
      const query = select(TAG_ROW)`from product_tags
        where visibility = ${visibility} and tag = ${name}`;
      const row = await reads.first(query);
      return row && toTag(row);
    },
    async list({ filters, words = [], sort, page }, visibility) {
      const condition = allOf([
        sql`visibility = ${visibility}`,
        ...filters.map((filter) => filterCondition(filter, FIELDS)),
        ...wordConditions(NAME_SORT, words),
      ]);
      return readListPage<TagRow, ProductTag>(
        {
          keys: sortKeys(sort, SORTS, TAG),
          rows({ where, order, limit, offset }) {
            const conditions = where === null ? condition : allOf([condition, where]);
            const query = select(TAG_ROW)`from product_tags where ${conditions}
              order by ${order} limit ${limit} offset ${offset}`;
            return reads.all(query);
          },
          count: async () =>
            exactCount(
              await reads.number(sql`select count(*) from product_tags where ${condition}`),
            ),
          toItem: toTag,
          positionOf: (row) => [...sort.map(({ field }) => SORT_VALUES[field](row)), row.name],
        },
        page,
      );
    },
  };
}

function toTag({ name, productCount }: TagRow): ProductTag {
  return { name, productCount };
}
