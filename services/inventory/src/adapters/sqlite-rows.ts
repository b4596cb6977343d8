import type { SQLOutputValue } from 'node:sqlite';
import type { Accepted, IdempotencyRecord } from '../domain/command.ts';
import type { Level } from '../domain/level.ts';
import type { Movement, MovementKind } from '../domain/movement.ts';
import type { Purchase, PurchaseLine } from '../domain/purchase.ts';

/** A row as `node:sqlite` gives it. The tables are STRICT, so the casts below state what SQLite has enforced. */
export type Row = Record<string, SQLOutputValue>;

export const LEVEL_COLUMNS =
  'product_id, location, on_hand, reserved, low_stock_threshold, sequence, version, updated_at';

export function levelFrom(row: Row): Level {
  return {
    productId: row.product_id as number,
    location: row.location as string,
    onHand: row.on_hand as number,
    reserved: row.reserved as number,
    lowStockThreshold: row.low_stock_threshold as number | null,
    sequence: row.sequence as number,
    version: row.version as number,
    updatedAt: row.updated_at as string,
  };
}

export const MOVEMENT_COLUMNS =
  'position, product_id, location, sequence, kind, on_hand_delta, reserved_delta, on_hand_after, reserved_after, ' +
  'purchase_id, reason, actor, at';

export function movementFrom(row: Row): Movement {
  return {
    position: row.position as number,
    productId: row.product_id as number,
    location: row.location as string,
    sequence: row.sequence as number,
    kind: row.kind as MovementKind,
    onHandDelta: row.on_hand_delta as number,
    reservedDelta: row.reserved_delta as number,
    onHandAfter: row.on_hand_after as number,
    reservedAfter: row.reserved_after as number,
    purchaseId: row.purchase_id as string | null,
    reason: row.reason as string | null,
    actor: row.actor as string,
    at: row.at as string,
  };
}

export const PURCHASE_COLUMNS =
  'id, reference, currency, currency_decimals, total, lines, owner, actor, at, first_position, last_position';

export function purchaseFrom(row: Row): Purchase {
  return {
    id: row.id as string,
    reference: row.reference as string | null,
    currency: row.currency as string,
    currencyDecimals: row.currency_decimals as number,
    total: row.total as number,
    lines: JSON.parse(row.lines as string) as PurchaseLine[],
    owner: row.owner as string,
    actor: row.actor as string,
    at: row.at as string,
  };
}

export const RECORD_COLUMNS = 'scope, key, fingerprint, outcome, at';

export function recordFrom(row: Row): IdempotencyRecord {
  return {
    scope: row.scope as string,
    key: row.key as string,
    fingerprint: row.fingerprint as string,
    outcome: JSON.parse(row.outcome as string) as Accepted,
    at: row.at as string,
  };
}
