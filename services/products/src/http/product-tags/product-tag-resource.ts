import { declareResource } from '@anaquel/jsonapi';
import { Type } from 'typebox';
import type { ProductTag } from '../../application/product-tags.ts';
import type { LinkBasesOf } from '../link-bases.ts';

const attributes = Type.Object({
  name: Type.String({ description: 'The same as the id.', examples: ['kitchen'] }),
  productCount: Type.Integer({ minimum: 1, description: 'How many products have it.' }),
});

/** A tag, named by itself. It links to the products that have it. */
export function productTagResource(linkBases: LinkBasesOf) {
  return declareResource({
    type: 'product-tags',
    attributes,
    id: ({ name }) => name,
    view: ({ name, productCount }: ProductTag) => ({ name, productCount }),
    self: ({ name }, request) =>
      `${linkBases(request).products}/api/v1/product-tags/${encodeURIComponent(name)}`,
    links: ({ name }, request) => ({
      products: `${linkBases(request).products}/api/v1/products?filter%5Btags%5D=${encodeURIComponent(name)}`,
    }),
  });
}
