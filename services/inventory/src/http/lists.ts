import {
  boolean,
  ids,
  number,
  oneOf,
  orNull,
  text,
  textId,
  timestamp,
  type FilterKind,
  type ListDeclaration,
  type ListRequest,
} from '@anaquel/jsonapi';
import type {
  LevelFilterField,
  LevelSort,
  MovementFilterField,
  MovementSort,
  PurchaseFilterField,
  PurchaseSort,
  ReservationFilterField,
  ReservationSort,
} from '../application/ledger.ts';
import { MOVEMENT_KINDS } from '../domain/movement.ts';
import { RESERVATION_STATUSES } from '../domain/reservation.ts';

/**
 * What the lists of this service may be asked for. The fields are those that the ledger's reader
 * knows.
 */

export type LevelListRequest = ListRequest<LevelFilterField, LevelSort>;
export type MovementListRequest = ListRequest<MovementFilterField, MovementSort>;
export type PurchaseListRequest = ListRequest<PurchaseFilterField, PurchaseSort>;
export type ReservationListRequest = ListRequest<ReservationFilterField, ReservationSort>;

const MAX_IDS = 100;

function declare<Field extends string, Sort extends string>(declaration: {
  readonly filters: Record<Field, FilterKind>;
  readonly sorts: readonly Sort[];
  readonly defaultSort: readonly { readonly field: Sort; readonly descending: boolean }[];
}): ListDeclaration {
  return declaration;
}

export const levelList = declare<LevelFilterField, LevelSort>({
  filters: {
    id: ids(MAX_IDS),
    onHand: number(),
    reserved: number(),
    available: number(),
    lowStockThreshold: orNull(number()),
    lowStock: boolean(),
    updatedAt: timestamp(),
  },
  sorts: ['id', 'onHand', 'reserved', 'available', 'updatedAt'],
  defaultSort: [{ field: 'id', descending: false }],
});

export const movementList = declare<MovementFilterField, MovementSort>({
  filters: {
    product: ids(MAX_IDS),
    kind: oneOf(MOVEMENT_KINDS),
    quantity: number(),
    createdAt: timestamp(),
    actor: text(200),
    reason: orNull(text(500)),
    purchase: { ...orNull(textId()), operators: ['eq', 'null'] },
  },
  sorts: ['position'],
  defaultSort: [{ field: 'position', descending: true }],
});

export const purchaseList = declare<PurchaseFilterField, PurchaseSort>({
  filters: {
    reference: orNull(text(200)),
    total: number(),
    currency: text(3),
    createdAt: timestamp(),
  },
  sorts: ['createdAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});

export const reservationList = declare<ReservationFilterField, ReservationSort>({
  filters: {
    status: oneOf(RESERVATION_STATUSES),
    reference: orNull(text(200)),
    createdAt: timestamp(),
    expiresAt: timestamp(),
  },
  sorts: ['createdAt', 'expiresAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});
