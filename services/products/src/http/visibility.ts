import { JsonApiError } from '@anaquel/jsonapi';
import type { Filter } from '@anaquel/jsonapi';
import type { Caller } from '@anaquel/runtime';
import type { ProductStore } from '../application/product-store.ts';
import type { Product, ProductStatus } from '../domain/product.ts';
import { productNotFound } from './problems.ts';

/** Drafts and archived products are for those who edit them. */
function seesAll(caller: Caller): boolean {
  return caller.can('products:write');
}

/** What a list is narrowed to; null when the caller may see nothing of what was asked for. */
export function visibleStatus(
  caller: Caller,
  asked: ProductStatus | undefined,
): Filter<'status'>[] | null {
  if (!seesAll(caller) && asked !== undefined && asked !== 'active') return null;
  const status = seesAll(caller) ? asked : 'active';
  return status === undefined ? [] : [{ field: 'status', operator: 'eq', value: status }];
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
