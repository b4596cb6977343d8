import { optional, pairOf, sql } from '@anaquel/runtime/sql';
import type { LogEntry } from '../../application/ledger.ts';
import type { Movement } from '../../domain/movement.ts';
import type { Purchase, PurchaseDraft } from '../../domain/purchase.ts';
import { MOVEMENT, PURCHASE, RESERVED } from './ledger-columns.ts';

/** A movement, the purchase and the change of a reservation of which it is the last one. */
export const LOG_ENTRY = pairOf(
  MOVEMENT.of('m'),
  pairOf(optional(PURCHASE.of('p')), optional(RESERVED.of('r'))),
);

/** What entries are selected from. */
export const LOGGED = sql`from movements m
  left join purchases p on p.id = m.purchase_id and p.last_position = m.position
  left join reservations r on r.id = m.reservation_id and m.reservation_change is not null`;

export function entryOf([movement, [completes, reserved]]: readonly [
  Movement,
  readonly [Purchase | null, PurchaseDraft | null],
]): LogEntry {
  return { movement, completes, reserved };
}
