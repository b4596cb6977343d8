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
  /** Units that have come back since. */
  readonly returned: number;
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

export interface PurchaseFilters {
  /** A number, with or without its sign (`#1042`), or how a reference begins. */
  readonly search?: string | undefined;
  /** The id of a product that was sold. */
  readonly product?: string | undefined;
  /** The instant from which on. */
  readonly from?: string | undefined;
  /** The instant before which. */
  readonly to?: string | undefined;
}

export interface PurchaseQuery extends Page, PurchaseFilters {
  readonly sort?: string;
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
        returned: inside.numberOrNull('returned') ?? 0,
      };
    }),
    total: read.number('total'),
    currency: read.text('currency'),
    createdAt: read.text('createdAt'),
  };
}

function filterParameters({ search, product, from, to }: PurchaseFilters) {
  return {
    'filter[search]': search,
    'filter[product]': product,
    'filter[from]': from,
    'filter[to]': to,
  };
}

/** What Inventory is asked about purchases. */
export function purchaseCalls({ ask, everyOne }: Client) {
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
            ...filterParameters(query),
            sort: query.sort,
          },
          signal,
        },
        readList(toPurchase),
      ),
    /** The latest first; no more than about `most`. */
    everyPurchase: (filters: PurchaseFilters, options: Options & { readonly most: number }) =>
      everyOne(`${V1}/purchases`, toPurchase, {
        ...options,
        query: { ...filterParameters(filters), sort: '-createdAt' },
      }),
    purchase: (id: string, { signal }: Options = {}) =>
      ask({ path: `${V1}/purchases/${encodeURIComponent(id)}`, signal }, readOne(toPurchase)),
  };
}
