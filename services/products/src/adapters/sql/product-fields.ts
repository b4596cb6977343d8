import { MAX_DECIMALS } from '@anaquel/money';
import { amountCondition, filterCondition, sql } from '@anaquel/runtime/sql';
import type { FilterField, Sql } from '@anaquel/runtime/sql';
import type {
  ProductFilter,
  ProductFilterField,
  ProductSort,
} from '../../application/product-store.ts';
import type { ProductSql } from './product-sql.ts';

export const ID = sql`products.id`;

/** What lists are ordered by. Each has an index within a status, and one over all products. */
export const SORTS: Readonly<Record<ProductSort, Sql>> = {
  name: sql`name_sort`,
  price: sql`price_sort`,
  createdAt: sql`created_at`,
  updatedAt: sql`updated_at`,
  sku: sql`sku_sort`,
  id: ID,
};

const FIELDS: Readonly<Record<Exclude<ProductFilterField, 'tags'>, FilterField>> = {
  id: ID,
  sku: sql`sku`,
  name: sql`name`,
  price: (filter) => amountCondition(SORTS.price, MAX_DECIMALS, filter),
  barcode: ({ value }) =>
    sql`products.id in (select product_id from product_barcodes where barcode = ${String(value)})`,
  supplier: sql`supplier`,
  currency: sql`currency`,
  status: sql`status`,
  createdAt: SORTS.createdAt,
  updatedAt: SORTS.updatedAt,
};

/** The condition that a filter makes on a database. */
export type ConditionOf = (filter: ProductFilter) => Sql;

export function productConditions({ hasElement }: ProductSql): ConditionOf {
  const fields: Readonly<Record<ProductFilterField, FilterField>> = {
    ...FIELDS,
    tags: (filter) => hasElement(sql`tags`, filter),
  };
  return (filter) => filterCondition(filter, fields);
}

/** An index that leads to the products of some filters. */
interface FilterIndex {
  /** The column; what lists are ordered by is the same object as in {@link SORTS}. */
  readonly order: Sql;
  /** Whether there is one within each status, too. */
  readonly isWithinStatus: boolean;
}

export const FILTER_INDEXES: Readonly<Partial<Record<ProductFilterField, FilterIndex>>> = {
  id: { order: ID, isWithinStatus: true },
  price: { order: SORTS.price, isWithinStatus: true },
  createdAt: { order: SORTS.createdAt, isWithinStatus: true },
  updatedAt: { order: SORTS.updatedAt, isWithinStatus: true },
  sku: { order: sql`sku`, isWithinStatus: false },
  currency: { order: sql`currency`, isWithinStatus: false },
  supplier: { order: sql`supplier`, isWithinStatus: false },
  status: { order: sql`status`, isWithinStatus: false },
};
