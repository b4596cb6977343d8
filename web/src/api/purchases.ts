import {
  readList,
  readOne,
  pageParameters,
  readSettled,
  V1,
  type Client,
  type Options,
  type Page,
} from './client.ts';
import { reader, resourceOf, type ResourceObject } from './documents.ts';

export interface SoldLine {
  readonly productId: string;
  readonly quantity: number;
  readonly name: string;
  readonly sku: string | null;
  readonly unitPrice: number;
  /** What was left after a purchase; null in a reservation. */
  readonly available: number | null;
}

export interface Purchase {
  readonly id: string;
  /** Counts the shop's sales from 1, without gaps; null before Inventory gives numbers. */
  readonly number: number | null;
  readonly reference: string | null;
  readonly lines: readonly SoldLine[];
  readonly total: number;
  readonly currency: string;
  readonly createdAt: string;
}

export interface PurchaseQuery extends Page {
  readonly sort?: string;
  /** A number, with or without its sign (`#1042`), or how a reference begins. */
  readonly search?: string | undefined;
  /** The instant from which on. */
  readonly from?: string | undefined;
}

export interface LineInput {
  readonly productId: string;
  readonly quantity: number;
  /**
   * The price that the buyer saw: another amount, or the same in another currency, refuses the
   * whole.
   */
  readonly expectedPrice: number;
  readonly expectedCurrency: string;
}

function toPurchase(resource: ResourceObject): Purchase {
  const { id, attributes } = resourceOf('purchases', resource);
  return { id, number: reader(attributes).numberOrNull('number'), ...saleIn(resource) };
}

/** What a purchase and a reservation say alike. */
export function saleIn({ attributes }: ResourceObject): Omit<Purchase, 'id' | 'number'> {
  const read = reader(attributes);
  return {
    reference: read.textOrNull('reference'),
    lines: read.objects('lines').map((line) => {
      const inside = reader(line);
      return {
        productId: inside.text('productId'),
        quantity: inside.number('quantity'),
        name: inside.text('name'),
        sku: inside.textOrNull('sku'),
        unitPrice: inside.number('unitPrice'),
        available: inside.numberOrNull('available'),
      };
    }),
    total: read.number('total'),
    currency: read.text('currency'),
    createdAt: read.text('createdAt'),
  };
}

/** What Inventory is asked about purchases. */
export function purchaseCalls({ ask }: Client) {
  return {
    buy: (lines: readonly LineInput[], idempotencyKey: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/purchases`,
          body: { data: { type: 'purchases', attributes: { lines } } },
          idempotencyKey,
        },
        readSettled(toPurchase),
      ),
    purchases: (query: PurchaseQuery, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/purchases`,
          query: {
            ...pageParameters(query),
            'filter[search]': query.search,
            'filter[from]': query.from,
            sort: query.sort,
          },
          signal,
        },
        readList(toPurchase),
      ),
    purchase: (id: string, { signal }: Options = {}) =>
      ask({ path: `${V1}/purchases/${encodeURIComponent(id)}`, signal }, readOne(toPurchase)),
  };
}
