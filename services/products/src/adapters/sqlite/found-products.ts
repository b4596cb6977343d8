import { createKeptValues } from '@anaquel/jsonapi';
import { pairOf, select, type Sql } from '@anaquel/runtime/sql';
import type { Row, RowReader, SqliteConnection } from '@anaquel/runtime/sql';
import type { Product } from '../../domain/product.ts';
import { PRODUCT } from '../sql/product-columns.ts';
import type { ReadProducts } from '../sql/product-list.ts';
import { findProduct } from './find-product.ts';

const MAX_PRODUCTS = 1_000;

/** Of all pages together; each page counts as one more, so that empty ones have a bound, too. */
const MAX_ROWS = 500;

/**
 * Products and pages of them as they are in the database: whoever commits a change forgets them at
 * once.
 */
export interface FoundProducts {
  get(id: number): Product | undefined;
  readonly readPage: ReadProducts;
  forget(): void;
}

type Page = readonly (readonly [Product, Row])[];

export function createFoundProducts(reads: SqliteConnection): FoundProducts {
  const products = createKeptValues<number, Product>(MAX_PRODUCTS);
  const pages = createKeptValues<string, Page>(MAX_ROWS);
  return {
    get(id) {
      const known = products.get(id);
      if (known !== undefined) return known;
      const product = findProduct(reads, id);
      if (product !== undefined) products.keep(id, product, 1);
      return product;
    },
    readPage(values, from) {
      const key = pageKey(values, from);
      const known = pages.get(key);
      if (known !== undefined) return known;
      const page = reads.all(select(pairOf(PRODUCT, values))`${from}`);
      pages.keep(key, page, page.length + 1);
      return page;
    },
    forget() {
      products.clear();
      pages.clear();
    },
  };
}

/** What decides on the rows of a page. */
function pageKey({ columns }: RowReader<Row>, from: Sql): string {
  return `${columns.text} ${from.text} ${JSON.stringify([columns.values, from.values])}`;
}
