import { pairOf, select, withParameters, type Sql } from '@anaquel/runtime/sql';
import type { Query, Row, RowReader, SqliteConnection } from '@anaquel/runtime/sql';
import type { Product } from '../../domain/product.ts';
import { PRODUCT } from '../sql/product-columns.ts';
import type { ReadProducts } from '../sql/product-list.ts';

const MAX_PRODUCTS = 1_000;

/** Of all pages together; each page counts as one more. */
const MAX_ROWS = 1_000;

/**
 * Products and pages of them as they are in the database: whoever commits a change forgets them at
 * once. The first that are asked for are kept: to replace them would cost more than a statement
 * where all of a large catalogue are asked for.
 */
export interface FoundProducts {
  get(id: number): Product | undefined;
  readonly readPage: ReadProducts;
  forget(): void;
}

export function createFoundProducts(reads: SqliteConnection): FoundProducts {
  const products = new Map<number, Product>();
  const pages = new Map<string, Page>();
  let rows = 0;

  return {
    get(id) {
      const known = products.get(id);
      if (known !== undefined) return known;
      const product = findProduct(reads, id);
      if (product !== undefined && products.size < MAX_PRODUCTS) products.set(id, product);
      return product;
    },
    readPage(values, from) {
      const key = pageKey(values, from);
      const known = pages.get(key);
      if (known !== undefined) return known;
      const page = reads.all(select(pairOf(PRODUCT, values))`${from}`);
      if (rows + page.length < MAX_ROWS) {
        pages.set(key, page);
        rows += page.length + 1;
      }
      return page;
    },
    forget() {
      products.clear();
      pages.clear();
      rows = 0;
    },
  };
}

type Page = readonly (readonly [Product, Row])[];

/** What decides on the rows of a page. */
function pageKey({ columns }: RowReader<Row>, from: Sql): string {
  return `${columns.text} ${from.text} ${JSON.stringify([columns.values, from.values])}`;
}

const productQuery = withParameters<[id: number], Query<Product>>(
  (id) => select(PRODUCT)`from products where id = ${id} and deleted_at is null`,
);

export function findProduct(connection: SqliteConnection, id: number): Product | undefined {
  return connection.first(productQuery(id));
}
