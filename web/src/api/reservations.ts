import {
  pageParameters,
  readList,
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
import { saleIn, type LineInput, type Purchase } from './purchases.ts';

export const reservationStatuses = ['active', 'confirmed', 'released', 'expired'] as const;
export type ReservationStatus = (typeof reservationStatuses)[number];

export interface Reservation extends Omit<Purchase, 'number'> {
  readonly status: ReservationStatus | UnknownValue;
  readonly expiresAt: string;
  /** The purchase that it became. */
  readonly purchaseId: string | null;
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

/** What Inventory is asked about reservations. */
export function reservationCalls({ ask }: Client) {
  return {
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
