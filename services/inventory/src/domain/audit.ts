import { startReservationAudit, type AuditedReservation, type Hold } from './audit-reservations.ts';
import { startBalanceAudit } from './audit-balances.ts';
import { startPurchaseAudit } from './audit-purchases.ts';
import type {
  AuditedMovement,
  AuditedPurchase,
  AuditPlace,
  AuditRule,
  Check,
} from './audit-check.ts';
import type { Level } from './level.ts';

export interface Disagreement {
  readonly rule: AuditRule;
  /** Null where the rule is about no single product. */
  readonly productId: number | null;
  /** What the rest of the ledger says it should be. */
  readonly expected: string;
  readonly actual: string;
}

export interface AuditReport {
  /** The latest position that was checked. */
  readonly position: number;
  readonly clean: boolean;
  readonly movements: number;
  readonly levels: number;
  readonly purchases: number;
  /** All that were found; only the first {@link MAX_DISAGREEMENTS} are listed. */
  readonly disagreementCount: number;
  readonly disagreements: readonly Disagreement[];
}

export const MAX_DISAGREEMENTS = 100;

export interface Audit {
  /** To be called for every movement, in the order of positions. */
  movement(movement: AuditedMovement): void;
  /** To be called for every level, after the movements. */
  level(level: Level): void;
  /** To be called for every purchase. */
  purchase(purchase: AuditedPurchase): void;
  /** To be called for every hold, before the reservations. */
  hold(hold: Hold): void;
  /** To be called for every reservation, after the movements and the holds. */
  reservation(reservation: AuditedReservation): void;
  report(): AuditReport;
}

/**
 * Replays the ledger from nothing and compares the saved rows with it. Memory grows with the number
 * of levels, returns and active reservations, not of movements.
 */
export function startAudit(): Audit {
  const disagreements: Disagreement[] = [];
  const counts = { movements: 0, levels: 0, purchases: 0, disagreements: 0 };
  let position = 0;

  const check: Check = (rule, productId, expected, actual, place) => {
    if (expected === actual) return;
    counts.disagreements += 1;
    if (disagreements.length >= MAX_DISAGREEMENTS) return;
    const suffix = place ? ` (${nameOf(place)})` : '';
    const texts = { expected: `${expected}${suffix}`, actual: `${actual}${suffix}` };
    disagreements.push({ rule, productId, ...texts });
  };

  const balances = startBalanceAudit(check);
  const purchases = startPurchaseAudit(check);
  const reservations = startReservationAudit(check);

  return {
    movement(movement) {
      counts.movements += 1;
      check('position-gapless', movement.productId, position + 1, movement.position, null);
      position = movement.position;
      balances.movement(movement);
      purchases.movement(movement);
      reservations.movement(movement);
    },
    level(level) {
      counts.levels += 1;
      balances.level(level);
    },
    purchase(purchase) {
      counts.purchases += 1;
      purchases.purchase(purchase);
    },
    hold: reservations.hold,
    reservation: reservations.reservation,
    report() {
      reservations.finish();
      purchases.finish();
      balances.finish();
      const {
        movements,
        levels,
        purchases: purchaseCount,
        disagreements: disagreementCount,
      } = counts;
      return {
        position,
        clean: disagreementCount === 0,
        movements,
        levels,
        purchases: purchaseCount,
        disagreementCount,
        disagreements: [...disagreements],
      };
    },
  };
}

function nameOf(place: NonNullable<AuditPlace>): string {
  if ('position' in place) return `position ${place.position}`;
  return 'id' in place ? `purchase ${place.id}` : `reservation ${place.reservationId}`;
}
