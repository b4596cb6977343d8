import { dataDocument, etag } from '@anaquel/jsonapi';
import type { DataDocument, Resource } from '@anaquel/jsonapi';
import type { FastifyReply } from 'fastify';
import { productView } from '../application/product-view.ts';
import type { Product } from '../domain/product.ts';

/** The origins that links start with. */
export interface LinkBases {
  readonly products: string;
  readonly inventory: string;
}

export interface ProductResource extends Resource {
  readonly links: { readonly self: string; readonly inventory: string };
}

export function productResource(product: Product, bases: LinkBases): ProductResource {
  const id = String(product.id);
  return {
    type: 'products',
    id,
    attributes: productView(product),
    links: {
      self: `${bases.products}/api/v1/products/${id}`,
      inventory: `${bases.inventory}/api/v1/inventories/${id}`,
    },
  };
}

/** The document of one product; its ETag goes with it. */
export function productDocument(
  reply: FastifyReply,
  product: Product,
  bases: LinkBases,
): DataDocument {
  const resource = productResource(product, bases);
  reply.header('etag', etag(product.version));
  return dataDocument(resource, { links: { self: resource.links.self } });
}
