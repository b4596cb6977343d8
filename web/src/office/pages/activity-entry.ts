import { isOneOf, movementKinds, type Movement } from '../../api/index.ts';
import { changeOf } from '../components/movement-change.ts';
import type { Mark } from '../components/movement-marks.ts';
import type { StockEvent } from '../../live/stock-stream.ts';

/** One thing that happened, as the activity page shows it. */
export interface ActivityEntry {
  readonly key: string;
  readonly mark: Mark | Movement['kind'];
  readonly productId: string | null;
  readonly purchaseId: string | null;
  readonly delta: number | null;
  readonly available: number | null;
  readonly total: { readonly amount: number; readonly currency: string } | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly time: string;
  /** It arrived by itself, and not with many others. */
  readonly isNew: boolean;
}

/** The events that are no movement. Those that are name its kind. */
const MARKS: Readonly<Record<string, Mark>> = {
  'stock.low': 'low',
  'stock.sold-out': 'soldOut',
  'stock.back-in-stock': 'backInStock',
  'purchase.completed': 'purchase',
};

/** Of a reservation its movements are shown, and not the event that follows them. */
export function entriesOf(events: readonly StockEvent[], isNew: boolean): ActivityEntry[] {
  return events
    .filter(({ type }) => !type.startsWith('reservation.'))
    .map((event) => entryOfEvent(event, isNew));
}

function entryOfEvent({ type, data, time, id }: StockEvent, isNew: boolean): ActivityEntry {
  const text = (name: string): string | null => {
    const value = data[name];
    return typeof value === 'string' ? value : null;
  };
  const units = (name: string): number | null => {
    const value = data[name];
    return typeof value === 'number' ? value : null;
  };
  const kind = text('kind');
  const onHandDelta = units('onHandDelta');
  const delta =
    onHandDelta === null
      ? null
      : changeOf({ onHandDelta, reservedDelta: units('reservedDelta') ?? 0 });
  const [amount, currency] = [units('total'), text('currency')];
  return {
    key: id ?? `${type}/${String(data['position'])}`,
    mark: MARKS[type] ?? (isOneOf(movementKinds, kind) ? kind : 'changed'),
    productId: text('productId'),
    purchaseId: type === 'purchase.completed' ? text('purchaseId') : null,
    delta,
    available: units('available'),
    total: amount === null || currency === null ? null : { amount, currency },
    actor: text('actor'),
    reason: text('reason'),
    time: time ?? new Date().toISOString(),
    isNew,
  };
}

export function entryOfMovement(movement: Movement): ActivityEntry {
  return {
    key: `inventory/${movement.id}`,
    mark: movement.kind,
    productId: movement.productId,
    purchaseId: null,
    delta: changeOf(movement),
    available: movement.onHandAfter - movement.reservedAfter,
    total: null,
    actor: movement.actor,
    reason: movement.reason,
    time: movement.createdAt,
    isNew: false,
  };
}
