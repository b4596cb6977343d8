import {
  cloudEvent,
  type EventPage,
  type LoggedEvent,
  type ReadEntries,
  type ReadEvents,
} from '@anaquel/events/cloud-event';
import type { Crossing, Movement, MovementKind } from '../domain/movement.ts';
import { majorUnits } from '@anaquel/money';
import type { DraftLine, Purchase, PurchaseDraft } from '../domain/purchase.ts';
import type { ReservationStatus } from '../domain/reservation.ts';
import type { LedgerReader, LogEntry } from './ledger.ts';

const TYPES: Readonly<Record<MovementKind, string>> = {
  receipt: 'stock.received',
  adjustment: 'stock.adjusted',
  count: 'stock.counted',
  sale: 'stock.sold',
  reservation: 'stock.reserved',
  release: 'stock.released',
  return: 'stock.returned',
};

/**
 * Which place an event has among those of one position. A number is never changed or used again,
 * so that an event keeps its `order` for ever; what comes later may take those between.
 */
const PLACES = { movement: 1, low: 2, crossing: 3, reservation: 8, purchase: 9 } as const;

const CROSSING_TYPES: Readonly<Record<Crossing, string>> = {
  'sold-out': 'stock.sold-out',
  'back-in-stock': 'stock.back-in-stock',
};

/** By the status that a change gave a reservation. */
const RESERVATION_TYPES: Readonly<Record<ReservationStatus, string>> = {
  active: 'reservation.created',
  confirmed: 'reservation.confirmed',
  released: 'reservation.released',
  expired: 'reservation.expired',
};

/** The types of all events of the feed. */
export const stockEventTypes: readonly string[] = [
  ...Object.values(TYPES),
  'stock.low',
  ...Object.values(CROSSING_TYPES),
  ...Object.values(RESERVATION_TYPES),
  'purchase.completed',
];

/** Reads the events of at most `limit` movements after `position`. */
export type ReadStockEvents = (position: number, limit: number) => Promise<EventPage>;

/** Reads the log with this id, which never changes, for the feed and the streams. */
export function createStockEvents(
  reader: Pick<LedgerReader, 'entriesAfter' | 'head' | 'logId'>,
): ReadStockEvents {
  const readEvents = eventsOfEntries(reader.entriesAfter, reader.logId);
  return async (position, limit) => {
    const [head, page] = await Promise.all([reader.head(), readEvents(position, limit)]);
    return { ...page, head: Math.max(head, page.events.at(-1)?.position ?? 0) };
  };
}

/** Reads the events of the log with this id by its entries. */
export function eventsOfEntries(
  read: ReadEntries<LogEntry>,
  logId: () => Promise<string>,
): ReadEvents {
  return async (position, limit) => {
    const [id, entries] = await Promise.all([logId(), read(position, limit)]);
    return {
      events: eventsOf(entries, id),
      position: entries.at(-1)?.movement.position ?? position,
    };
  };
}

/** The events of entries of the log with this id. */
export function eventsOf(entries: readonly LogEntry[], logId: string): LoggedEvent[] {
  const source = `/inventory/logs/${logId}`;
  return entries.flatMap((entry) => eventsOfEntry(entry, source));
}

/**
 * One event for the movement, one if it made the stock low, one if it sold the product out or
 * brought it back, and one for a reservation and one for a purchase after its last movement. The
 * events of an entry are always the same: they say what no later change can change.
 */
function eventsOfEntry({ movement, completes, reserved }: LogEntry, source: string): LoggedEvent[] {
  const { position, crossing } = movement;
  const events: LoggedEvent[] = [{ position, event: movementEvent(movement, source) }];
  if (movement.madeLow)
    events.push({ position, event: availableEvent('stock.low', 'low', movement, source) });
  if (crossing) {
    const type = CROSSING_TYPES[crossing];
    events.push({ position, event: availableEvent(type, 'crossing', movement, source) });
  }
  if (reserved) events.push({ position, event: reservationEvent(reserved, movement, source) });
  if (completes) events.push({ position, event: purchaseEvent(completes, movement, source) });
  return events;
}

interface LevelChange {
  readonly productId: string;
  readonly available: number;
  readonly position: number;
}

const MOVEMENT_TYPES: ReadonlySet<string> = new Set(Object.values(TYPES));

/** The whole event, for callers who may read purchases. */
export function wholeStockEvent({ event }: LoggedEvent) {
  return { type: event.type, data: event };
}

/**
 * The event of a movement for callers who may only read levels: how much is available, and not why.
 * Null for all other events.
 */
export function levelChange({ event }: LoggedEvent) {
  if (!MOVEMENT_TYPES.has(event.type)) return null;
  const { productId, available, position } = event.data as LevelChange;
  return { type: 'stock.changed', data: { productId, available, position } };
}

function movementEvent(movement: Movement, source: string) {
  const { position, onHandAfter, reservedAfter } = movement;
  const productId = String(movement.productId);
  return cloudEvent({
    id: `inventory/${position}`,
    source,
    type: TYPES[movement.kind],
    subject: productId,
    time: movement.at,
    traceparent: movement.traceparent,
    order: `${position}.${PLACES.movement}`,
    data: {
      position,
      productId,
      location: movement.location,
      kind: movement.kind,
      sequence: movement.sequence,
      onHandDelta: movement.onHandDelta,
      reservedDelta: movement.reservedDelta,
      onHandAfter,
      reservedAfter,
      purchaseId: movement.purchaseId,
      reason: movement.reason,
      actor: movement.actor,
      reservationId: movement.reservationId,
      available: onHandAfter - reservedAfter,
    },
  });
}

function availableEvent(
  type: string,
  name: 'low' | 'crossing',
  { position, productId, location, at, traceparent, ...rest }: Movement,
  source: string,
) {
  return cloudEvent({
    id: `inventory/${position}/${name}`,
    source,
    type,
    subject: String(productId),
    time: at,
    traceparent,
    order: `${position}.${PLACES[name]}`,
    data: {
      position,
      productId: String(productId),
      location,
      available: rest.onHandAfter - rest.reservedAfter,
    },
  });
}

function reservationEvent(reserved: PurchaseDraft, movement: Movement, source: string) {
  const { position, reservationId, reservationChange, purchaseId, actor, at } = movement;
  if (reservationId === null || reservationChange === null)
    throw new Error(`The movement ${position} ends no change of a reservation`);
  const { status, expiresAt } = reservationChange;
  return cloudEvent({
    id: `inventory/${position}/reservation`,
    source,
    type: RESERVATION_TYPES[status],
    subject: reservationId,
    time: at,
    traceparent: movement.traceparent,
    order: `${position}.${PLACES.reservation}`,
    data: {
      position,
      reservationId,
      status,
      reference: reserved.reference,
      expiresAt,
      ...amountsOf(reserved),
      purchaseId,
      actor,
    },
  });
}

/** In major units. */
function amountsOf({
  total,
  currency,
  currencyDecimals,
  lines,
}: Pick<PurchaseDraft, 'total' | 'currency' | 'currencyDecimals'> & {
  readonly lines: readonly Pick<DraftLine, 'productId' | 'quantity' | 'unitPrice'>[];
}) {
  return {
    total: majorUnits(total, currencyDecimals),
    currency,
    lines: lines.map(({ productId, quantity, unitPrice }) => {
      return {
        productId: String(productId),
        quantity,
        unitPrice: majorUnits(unitPrice, currencyDecimals),
      };
    }),
  };
}

function purchaseEvent(purchase: Purchase, { position, traceparent }: Movement, source: string) {
  const { id, reference, actor, at } = purchase;
  return cloudEvent({
    id: `inventory/${position}/purchase`,
    source,
    type: 'purchase.completed',
    subject: id,
    time: at,
    traceparent,
    order: `${position}.${PLACES.purchase}`,
    data: {
      position,
      purchaseId: id,
      reference,
      ...amountsOf(purchase),
      actor,
    },
  });
}
