import { declareResource } from '@anaquel/jsonapi';
import type { Product } from '../../domain/product.ts';
import type { LinkBasesOf } from '../link-bases.ts';
import { shownPart, shownTo } from '../shown-product.ts';
import { productAttributes } from './product-schemas.ts';

/**
 * A product as a resource. It links to its stock and has no relationship with it: Products never
 * asks Inventory anything.
 */
export function productResource(linkBases: LinkBasesOf) {
  return declareResource({
    type: 'products',
    attributes: productAttributes,
    id: ({ id }) => String(id),
    view: (product: Product, { caller }) => shownTo(caller, product),
    self: ({ id }, request) => `${linkBases(request).products}/api/v1/products/${id}`,
    links: ({ id }, request) => ({
      inventory: `${linkBases(request).inventory}/api/v1/inventories/${id}`,
    }),
    variant(request) {
      const { products, inventory } = linkBases(request);
      return `${products} ${inventory} ${shownPart(request.caller)}`;
    },
    version: ({ version }) => version,
  });
}
