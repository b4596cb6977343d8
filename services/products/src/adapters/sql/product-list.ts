import type { ListPage } from '@anaquel/jsonapi';
import { pairOf, readListPage, select, sortKeys, sql, valuesOf } from '@anaquel/runtime/sql';
import type { Row, RowQuery, Sql, SqlReads } from '@anaquel/runtime/sql';
import type { ProductListRequest, ProductSort } from '../../application/product-store.ts';
import type { Product } from '../../domain/product.ts';
import { PRODUCT } from './product-columns.ts';
import { planOf, productConditions, type HasElement } from './product-list-plan.ts';

const ID = sql`products.id`;

const SORTS: Readonly<Record<ProductSort, Sql>> = {
  name: sql`name_sort`,
  price: sql`price_sort`,
  createdAt: sql`created_at`,
  updatedAt: sql`updated_at`,
  sku: sql`sku_sort`,
  id: ID,
};

export function createProductLists(
  reads: SqlReads,
  hasElement: HasElement,
): (request: ProductListRequest) => Promise<ListPage<Product>> {
  const conditionOf = productConditions(hasElement);
  return async (request) => {
    const keys = sortKeys(request.sort, SORTS, ID);
    const { from, total, count, rowCount } = await planOf(reads, request, conditionOf);
    const isByCursor = request.page.style === 'cursor';
    const keyValues = isByCursor ? keys.map(({ expression }) => expression) : [];
    const reader = pairOf(PRODUCT, valuesOf([total, ...keyValues]));
    let selectedTotal: number | undefined;

    async function rows({ where, order, limit, offset }: RowQuery) {
      const condition = where === null ? from : sql`${from} and ${where}`;
      const query = select(reader)`from ${condition}
        order by ${order} limit ${limit} offset ${offset}`;
      const page = await reads.all(query);
      const [value = null] = page[0]?.[1] ?? [];
      if (value !== null) selectedTotal ??= Number(value);
      return page;
    }

    return readListPage<readonly [Product, Row], Product>(
      {
        keys,
        rows,
        count: async () => rowCount(selectedTotal ?? (await count())),
        toItem: ([product]) => product,
        positionOf: ([, [, ...values]]) =>
          [...request.sort, ID].map((_, place) => {
            return values[Math.min(place, keys.length - 1)] ?? null;
          }),
      },
      request.page,
    );
  };
}
