import type { ListPage } from '@anaquel/jsonapi';
import { pairOf, readListPage, select, sortKeys, valuesOf } from '@anaquel/runtime/sql';
import type { Eventual, Row, RowQuery, RowReader, Sql, SqlReads } from '@anaquel/runtime/sql';
import type { ProductListRequest } from '../../application/product-store.ts';
import type { Product } from '../../domain/product.ts';
import { PRODUCT } from './product-columns.ts';
import { ID, productConditions, SORTS } from './product-fields.ts';
import { planOf } from './product-list-plan.ts';
import type { ProductSql } from './product-sql.ts';

/**
 * Gives the products of a query, of which `from` is what stands from FROM on, each with the values
 * of some expressions.
 */
export type ReadProducts = (
  values: RowReader<Row>,
  from: Sql,
) => Eventual<readonly (readonly [Product, Row])[]>;

export function createProductLists(
  reads: SqlReads,
  dialect: ProductSql,
  readProducts: ReadProducts = (values, from) =>
    reads.all(select(pairOf(PRODUCT, values))`${from}`),
): (request: ProductListRequest) => Promise<ListPage<Product>> {
  const conditionOf = productConditions(dialect);
  return async (request) => {
    const keys = sortKeys(request.sort, SORTS, ID);
    const plan = await planOf(request, { reads, dialect, conditionOf, keys });
    const isByCursor = request.page.style === 'cursor';
    const keyValues = isByCursor ? keys.map(({ expression }) => expression) : [];
    const beside = valuesOf([plan.total, ...keyValues]);
    let selectedTotal: number | undefined;

    async function rows(query: RowQuery) {
      let page: readonly (readonly [Product, Row])[] = [];
      for (const source of plan.sources) {
        page = await readProducts(beside, await source(query));
        if (page.length === query.limit) break;
      }
      const [value = null] = page[0]?.[1] ?? [];
      if (value !== null) selectedTotal ??= Number(value);
      return page;
    }

    return readListPage<readonly [Product, Row], Product>(
      {
        keys,
        rows,
        count: async () => plan.rowCount(selectedTotal ?? (await plan.count())),
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
