import type { ResourceType } from '@anaquel/jsonapi';
import type { FastifyRequest } from 'fastify';
import type { ProductTag } from '../application/product-tags.ts';
import { productView } from '../application/product-view.ts';
import type { Product } from '../domain/product.ts';
import { productAttributes, productTagAttributes } from './product-schemas.ts';

/** The origins that links start with. */
export interface LinkBases {
  readonly products: string;
  readonly inventory: string;
}

/**
 * A product as a resource. It links to its stock and has no relationship with it: Products never
 * asks Inventory anything.
 */
export function productResource(
  linkBases: (request: FastifyRequest) => LinkBases,
): ResourceType<Product> {
  return {
    type: 'products',
    attributes: productAttributes,
    id: ({ id }) => String(id),
    view: productView,
    self: ({ id }, request) => `${linkBases(request).products}/api/v1/products/${id}`,
    links: ({ id }, request) => ({
      inventory: `${linkBases(request).inventory}/api/v1/inventories/${id}`,
    }),
    version: ({ version }) => version,
  };
}

/** A tag, named by itself. It links to the products that have it. */
export function productTagResource(
  linkBases: (request: FastifyRequest) => LinkBases,
): ResourceType<ProductTag> {
  return {
    type: 'product-tags',
    attributes: productTagAttributes,
    id: ({ name }) => name,
    view: ({ name, productCount }) => ({ name, productCount }),
    self: ({ name }, request) =>
      `${linkBases(request).products}/api/v1/product-tags/${encodeURIComponent(name)}`,
    links: ({ name }, request) => ({
      products: `${linkBases(request).products}/api/v1/products?filter%5Btags%5D=${encodeURIComponent(name)}`,
    }),
  };
}
