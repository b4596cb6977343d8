import { declareResource, nullable } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { ProductDescription } from '../../application/product-catalogue.ts';
import { addressOf, type LinkBasesOf } from '../link-bases.ts';

const dateTime = Type.String({ format: 'date-time' });

const attributes = Type.Object({
  sku: nullable(Type.String()),
  name: Type.String(),
  description: nullable(Type.String()),
  price: Type.Number({ description: 'In major units of the currency.' }),
  currency: Type.String(),
  status: Type.String(),
  imageUrl: nullable(Type.String()),
  tags: Type.Array(Type.String()),
  barcodes: Type.Array(Type.String()),
  packSize: nullable(Type.Integer()),
  createdAt: dateTime,
  updatedAt: dateTime,
});

/** A product as Products shows it, sent along with what belongs to it here. */
export function productResource({ linkBases }: { readonly linkBases: LinkBasesOf }) {
  return declareResource({
    type: 'products',
    attributes,
    id: ({ productId }) => String(productId),
    view: ({ productId: _id, ...description }: ProductDescription) => description,
    self: ({ productId }, request) => `${linkBases(request).products}/api/v1/products/${productId}`,
    links: ({ productId }, request) => ({
      inventory: addressOf(linkBases, 'inventories', productId, request),
    }),
  });
}
