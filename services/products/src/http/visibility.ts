import { JsonApiError } from '@anaquel/jsonapi';
import type { Caller } from '@anaquel/runtime';
import type { ProductStore } from '../application/product-store.ts';
import type { Product, ProductStatus } from '../domain/product.ts';
import { productNotFound } from './problems.ts';

/** Drafts and archived products are for those who edit them. */
function seesAll(caller: Caller): boolean {
  return caller.can('products:write');
}

/** The status that a list is narrowed to; null when the caller may see nothing of what was asked for. */
export function visibleStatus(
  caller: Caller,
  asked: ProductStatus | undefined,
): { status?: ProductStatus } | null {
  if (seesAll(caller)) return asked === undefined ? {} : { status: asked };
  return asked === undefined || asked === 'active' ? { status: 'active' } : null;
}

/** @throws {JsonApiError} 404 when there is no such product, or none that this caller may know of. */
export async function requireVisibleProduct(
  store: ProductStore,
  id: number,
  caller: Caller,
): Promise<Product> {
  const product = await store.find(id);
  if (product === undefined || (product.status !== 'active' && !seesAll(caller)))
    throw new JsonApiError(productNotFound());
  return product;
}
