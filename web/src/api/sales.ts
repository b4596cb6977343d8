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
import {
  reader,
  relatedId,
  resourceOf,
  type ResourceObject,
  type UnknownValue,
} from './documents.ts';

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

export const reservationStatuses = ['active', 'confirmed', 'released', 'expired'] as const;
export type ReservationStatus = (typeof reservationStatuses)[number];

export interface Reservation extends Purchase {
  readonly status: ReservationStatus | UnknownValue;
  readonly expiresAt: string;
  /** The purchase that it became. */
  readonly purchaseId: string | null;
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

function toReservation(resource: ResourceObject): Reservation {
  const read = reader(resourceOf('reservations', resource).attributes);
  return {
    id: resource.id,
    ...saleIn(resource),
    status: read.openOneOf('status', reservationStatuses),
    expiresAt: read.text('expiresAt'),
    purchaseId: relatedId(resource, 'purchase'),
  };
}

function saleIn({ attributes }: ResourceObject): Omit<Purchase, 'id'> {
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

/** What Inventory is asked about purchases and reservations. */
export function saleCalls({ ask }: Client) {
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
    hold: (lines: readonly LineInput[], expiresInSeconds: number, idempotencyKey: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/reservations`,
          body: { data: { type: 'reservations', attributes: { lines, expiresInSeconds } } },
          idempotencyKey,
        },
        readSettled(toReservation),
      ),
    reservations: (query: Page & { status?: ReservationStatus }, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/reservations`,
          query: { ...pageParameters(query), 'filter[status]': query.status },
          signal,
        },
        readList(toReservation),
      ),
    reservation: (id: string, { signal }: Options = {}) =>
      ask(
        { path: `${V1}/reservations/${encodeURIComponent(id)}`, signal },
        readSettled(toReservation),
      ),
    confirmReservation: (id: string, idempotencyKey: string) =>
      ask(
        {
          method: 'PATCH',
          path: `${V1}/reservations/${encodeURIComponent(id)}`,
          body: { data: { type: 'reservations', id, attributes: { status: 'confirmed' } } },
          idempotencyKey,
        },
        readSettled(toReservation),
      ),
    extendReservation: (id: string, expiresInSeconds: number) =>
      ask(
        {
          method: 'PATCH',
          path: `${V1}/reservations/${encodeURIComponent(id)}`,
          body: { data: { type: 'reservations', id, attributes: { expiresInSeconds } } },
        },
        readSettled(toReservation),
      ),
    releaseReservation: (id: string) =>
      ask({ method: 'DELETE', path: `${V1}/reservations/${encodeURIComponent(id)}` }, () => null),
  };
}
