import type { ListPage } from '@anaquel/jsonapi';
import { sql, startReaderThread, type SqliteConnection } from '@anaquel/runtime/sql';
import type { ProductListRequest } from '../../application/product-store.ts';
import type { Product } from '../../domain/product.ts';
import { createProductLists } from '../sql/product-list.ts';
import { isAtHand } from '../sql/product-list-plan.ts';
import type { FoundProducts } from './found-products.ts';
import { sqliteProductSql } from './product-sql.ts';

/** What the thread that searches is asked for. */
export interface ProductLists {
  list(request: ProductListRequest): Promise<ListPage<Product>>;
}

export interface ProductSearches extends ProductLists {
  close(): Promise<void>;
}

/** So many are looked through in less than a millisecond. */
const FEW_PRODUCTS = 1_000;

const LAST_ID = sql`select coalesce(max(id), 0) from products`;

/**
 * Lists of products that delay no other request: what may take longer than a message to another
 * thread takes is done there.
 *
 * @param onDeath called when the thread died; it starts again
 */
export function startProductSearches(
  path: string,
  { reads, found }: { reads: SqliteConnection; found: FoundProducts },
  onDeath: (error: unknown) => void,
): ProductSearches {
  const listAtHand = createProductLists(reads, sqliteProductSql, found.readPage);
  const listFew = createProductLists(reads, sqliteProductSql);
  const module = new URL('./product-searches-worker.ts', import.meta.url);
  const thread = startReaderThread<ProductLists>({ module, path, onDeath });
  return {
    list(request) {
      if (isAtHand(request)) return listAtHand(request);
      const areFew = reads.number(LAST_ID) <= FEW_PRODUCTS;
      return areFew ? listFew(request) : thread.ask('list', request);
    },
    close: () => thread.close(),
  };
}
