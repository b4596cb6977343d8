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
  readonly reference: string | null;
  readonly lines: readonly SoldLine[];
  readonly total: number;
  readonly currency: string;
  readonly createdAt: string;
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
  return { id: resourceOf('purchases', resource).id, ...saleIn(resource) };
}

/** What a purchase and a reservation say alike. */
export function saleIn({ attributes }: ResourceObject): Omit<Purchase, 'id'> {
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
    purchases: (query: Page & { sort?: string }, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/purchases`,
          query: { ...pageParameters(query), sort: query.sort },
          signal,
        },
        readList(toPurchase),
      ),
    purchase: (id: string, { signal }: Options = {}) =>
      ask({ path: `${V1}/purchases/${encodeURIComponent(id)}`, signal }, readOne(toPurchase)),
  };
}
