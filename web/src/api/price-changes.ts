import { pageParameters, readList, V1, type Client, type Options, type Page } from './client.ts';
import { reader, resourceOf, type ResourceObject } from './documents.ts';

export interface PriceChangeQuery extends Page {
  readonly productId: string;
}

/** A price that a product got, in major units. */
function toPriceChange(resource: ResourceObject) {
  const read = reader(resourceOf('product-price-changes', resource).attributes);
  return {
    id: resource.id,
    price: read.number('price'),
    currency: read.text('currency'),
    /** Null for the price that it was created with, as is the currency. */
    previousPrice: read.numberOrNull('previousPrice'),
    previousCurrency: read.textOrNull('previousCurrency'),
    actor: read.text('actor'),
    createdAt: read.text('createdAt'),
  };
}

export function priceChangeCalls({ ask }: Client) {
  return {
    /** The latest first. */
    priceChanges: ({ productId, ...page }: PriceChangeQuery, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/product-price-changes`,
          query: { ...pageParameters(page), 'filter[product]': productId },
          signal,
        },
        readList(toPriceChange),
      ),
  };
}
