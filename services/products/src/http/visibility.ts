import { JsonApiError, type Filter } from '@anaquel/jsonapi';
import { authProblem, type Caller } from '@anaquel/runtime';
import type { TagVisibility } from '../application/product-tags.ts';
import type { ProductFilter, ProductStore } from '../application/product-store.ts';
import type { Product, ProductStatus } from '../domain/product.ts';
import { productNotFound } from './problems.ts';

/** Drafts and archived products are for those who edit them. */
export function seesAll(caller: Caller): boolean {
  return caller.can('products:write');
}

/** What a list is narrowed to for this caller. */
export function onlyVisible(caller: Caller): Filter<'status', 'eq', ProductStatus>[] {
  return seesAll(caller) ? [] : [{ field: 'status', operator: 'eq', value: 'active' }];
}

/**
 * The filters that a caller asked for, narrowed to what it may see.
 *
 * @throws {JsonApiError} 403 for a filter by what this caller isn't told.
 */
export function visibleFilters(
  filters: readonly ProductFilter[],
  caller: Caller,
): readonly ProductFilter[] {
  const isTold = seesAll(caller) || !filters.some(({ field }) => field === 'supplier');
  if (isTold) return [...onlyVisible(caller), ...filters];
  const detail = 'Suppliers are for keys with the scope products:write.';
  const source = { parameter: 'filter[supplier]' };
  throw new JsonApiError(authProblem('scope-missing', detail, { source }));
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
