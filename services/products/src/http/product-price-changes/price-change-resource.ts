import { declareResource, nullable } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { ProductChange } from '../../domain/product-change.ts';
import { priceOf } from '../../domain/product.ts';
import type { LinkBasesOf } from '../link-bases.ts';

const attributes = Type.Object({
  productId: Type.String(),
  price: Type.Number({ description: 'From then on, in major units.' }),
  currency: Type.String(),
  previousPrice: nullable(
    Type.Number({ description: 'Null for the price that the product was created with.' }),
  ),
  previousCurrency: nullable(Type.String()),
  actor: Type.String({ description: 'Who set it: the name of an API key.' }),
  createdAt: Type.String({ format: 'date-time' }),
});

/** A price that a product got. Its id is its position in the log of changes. */
export function priceChangeResource(linkBases: LinkBasesOf) {
  return declareResource({
    type: 'product-price-changes',
    attributes,
    id: ({ position }) => String(position),
    view: ({ product, priceBefore, actor, at }: ProductChange) => ({
      productId: String(product.id),
      price: priceOf(product),
      currency: product.currency,
      previousPrice: priceBefore && priceOf(priceBefore),
      previousCurrency: priceBefore && priceBefore.currency,
      actor,
      createdAt: at,
    }),
    links: ({ product }, request) => ({
      product: `${linkBases(request).products}/api/v1/products/${product.id}`,
    }),
  });
}
