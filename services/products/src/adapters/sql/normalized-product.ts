import { normalLine, normalText } from '@anaquel/jsonapi';
import type { Product } from '../../domain/product.ts';

/**
 * The product with its texts in the form in which they are stored now. To Unicode they are the same
 * texts, so this is no change of the product.
 */
export function normalized(product: Product): Product {
  const { name, description, tags } = product;
  return {
    ...product,
    name: normalLine(name) || name,
    description: description && normalText(description),
    tags: [...new Set(tags.map((tag) => normalLine(tag) || tag))],
  };
}
