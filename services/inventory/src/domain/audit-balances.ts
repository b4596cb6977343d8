import type { AuditedMovement, Check } from './audit-check.ts';
import { levelKey, type Level } from './level.ts';
import type { Movement, MovementKind } from './movement.ts';

interface Balance {
  readonly productId: number;
  sequence: number;
  onHand: number;
  reserved: number;
}

/** Adds up the movements of each level, and compares with them what each row says. */
export function startBalanceAudit(check: Check) {
  const balances = new Map<string, Balance>();

  return {
    movement(m: AuditedMovement): void {
      const { productId } = m;
      const key = levelKey(productId, m.location);
      const balance = balances.get(key) ?? { productId, sequence: 0, onHand: 0, reserved: 0 };
      balances.set(key, balance);
      check('sequence-gapless', productId, balance.sequence + 1, m.sequence, m);
      check('on-hand-balance', productId, balance.onHand + m.onHandDelta, m.onHandAfter, m);
      check('reserved-balance', productId, balance.reserved + m.reservedDelta, m.reservedAfter, m);
      const isBounded = 0 <= m.reservedAfter && m.reservedAfter <= m.onHandAfter;
      const bounds = 'reserved from 0 to on hand';
      check('balance-bounds', productId, bounds, isBounded ? bounds : 'outside', m);
      const deltas = `on hand ${m.onHandDelta}, reserved ${m.reservedDelta}`;
      const ofKind = isOfItsKind(m) ? deltas : `what a ${m.kind} does`;
      check('movement-kind', productId, ofKind, deltas, m);
      // Continue with the row's own balances, so that one wrong row is named once and not at every
      // later row.
      balance.sequence = m.sequence;
      balance.onHand = m.onHandAfter;
      balance.reserved = m.reservedAfter;
    },
    /** After all movements. */
    level({ productId, location, onHand, reserved, sequence }: Level): void {
      const key = levelKey(productId, location);
      const balance = balances.get(key);
      balances.delete(key);
      check('level-on-hand', productId, balance?.onHand ?? 0, onHand, null);
      check('level-reserved', productId, balance?.reserved ?? 0, reserved, null);
      check('level-sequence', productId, balance?.sequence ?? 0, sequence, null);
    },
    /** After all levels. Balances that remain have no level. */
    finish(): void {
      for (const { productId, sequence } of balances.values())
        check('level-sequence', productId, sequence, 'no level', null);
    },
  };
}

/** How each kind may change the balances. */
const KINDS: Record<MovementKind, (movement: Movement) => boolean> = {
  receipt: ({ onHandDelta, reservedDelta }) => onHandDelta > 0 && reservedDelta === 0,
  adjustment: ({ onHandDelta, reservedDelta }) => onHandDelta !== 0 && reservedDelta === 0,
  count: ({ reservedDelta }) => reservedDelta === 0,
  sale: ({ onHandDelta, reservedDelta }) =>
    onHandDelta < 0 && (reservedDelta === 0 || reservedDelta === onHandDelta),
  reservation: ({ onHandDelta, reservedDelta }) => onHandDelta === 0 && reservedDelta > 0,
  release: ({ onHandDelta, reservedDelta }) => onHandDelta === 0 && reservedDelta < 0,
  return: ({ onHandDelta, reservedDelta }) => onHandDelta > 0 && reservedDelta === 0,
};

function isOfItsKind(movement: Movement): boolean {
  // A tampered row may have a kind that the types rule out.
  const rule = KINDS[movement.kind] as ((movement: Movement) => boolean) | undefined;
  return (
    rule?.(movement) === true &&
    (movement.purchaseId !== null) === (movement.kind === 'sale' || movement.kind === 'return') &&
    (movement.reservationId !== null) === (movement.reservedDelta !== 0)
  );
}
