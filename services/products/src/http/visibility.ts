import { JsonApiError, type Filter } from '@anaquel/jsonapi';
import type { Caller } from '@anaquel/runtime';
import type { TagVisibility } from '../application/product-tags.ts';
import type { ProductStore } from '../application/product-store.ts';
import type { Product, ProductStatus } from '../domain/product.ts';
import { productNotFound } from './problems.ts';

/** Drafts and archived products are for those who edit them. */
function seesAll(caller: Caller): boolean {
  return caller.can('products:write');
}

/** What a list is narrowed to for this caller. */
export function onlyVisible(caller: Caller): Filter<'status', 'eq', ProductStatus>[] {
  return seesAll(caller) ? [] : [{ field: 'status', operator: 'eq', value: 'active' }];
}

/** Of which products this caller is told the tags. */
export function visibleTags(caller: Caller): TagVisibility {
  return seesAll(caller) ? 'all' : 'active';
}

/**
 * @throws {JsonApiError} 404 when there is no such product, or none that this caller may know of.
 */
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
