import { startReservationAudit, type AuditedReservation, type Hold } from './audit-reservations.ts';
import { levelKey, type Level } from './level.ts';
import type { Movement, MovementKind } from './movement.ts';
import type { PlacedPurchase } from './purchase.ts';

export type AuditRule =
  /** Positions count up from 1 without a gap. */
  | 'position-gapless'
  /** Each level's sequences count up from 1 without a gap. */
  | 'sequence-gapless'
  /** A movement's balances are those before it plus its deltas. */
  | 'on-hand-balance'
  | 'reserved-balance'
  /** No balance is negative, and no more is reserved than there is. */
  | 'balance-bounds'
  /** A level says what its latest movement left, and has had as many movements as it says. */
  | 'level-on-hand'
  | 'level-reserved'
  | 'level-sequence'
  /** A movement does what its kind says: a receipt adds, a sale takes away. */
  | 'movement-kind'
  /** Each sale belongs to a purchase, and nothing but sales and returns does. */
  | 'sale-without-purchase'
  /**
   * A purchase's lines are the units that its movements took, at the positions that it names, for
   * its total.
   */
  | 'purchase-units'
  | 'purchase-positions'
  | 'purchase-total'
  /** Of a purchase no more comes back than was sold. */
  | 'return-within-sale'
  /**
   * What movements promised is what active reservations ask for, and what readers find held until
   * they expire.
   */
  | 'reservation-holds'
  /** A confirmed reservation names the purchase that it became; others name none. */
  | 'reservation-purchase';

export interface Disagreement {
  readonly rule: AuditRule;
  /** Null where the rule speaks of no single product. */
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

/** A purchase as it was saved, and the movements that name it. */
export interface AuditedPurchase extends PlacedPurchase {
  readonly movements: readonly Pick<Movement, 'position' | 'productId' | 'onHandDelta'>[];
}

export interface AuditedMovement extends Movement {
  /** Whether the purchase that it names is there and knows of it. */
  readonly purchaseExists: boolean;
}

type Value = number | string;

interface Balance {
  readonly productId: number;
  sequence: number;
  onHand: number;
  reserved: number;
}

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
 * What each kind may do to the balances; only sales and returns belong to a purchase, and only what
 * was reserved to a reservation.
 */
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
  // A row that was tampered with may have a kind that the types rule out.
  const rule = KINDS[movement.kind] as ((movement: Movement) => boolean) | undefined;
  return (
    rule?.(movement) === true &&
    (movement.purchaseId !== null) === (movement.kind === 'sale' || movement.kind === 'return') &&
    (movement.reservationId !== null) === (movement.reservedDelta !== 0)
  );
}

/** Where the disagreement is: a movement, a purchase or a reservation, or the level itself. */
type Place =
  | { readonly position: number }
  | { readonly id: string }
  | { readonly reservationId: string }
  | null;

function nameOf(place: NonNullable<Place>): string {
  if ('position' in place) return `position ${place.position}`;
  return 'id' in place ? `purchase ${place.id}` : `reservation ${place.reservationId}`;
}

/**
 * Replays the ledger from nothing and holds what is saved against it, so that every unit is
 * explained or named. Memory grows with the number of levels, of returns and of active
 * reservations, not of movements.
 */
export function startAudit(): Audit {
  const balances = new Map<string, Balance>();
  /** Units that came back, by purchase and product. */
  const returned = new Map<string, Map<number, number>>();
  const disagreements: Disagreement[] = [];
  const counts = { movements: 0, levels: 0, purchases: 0, disagreements: 0 };
  let position = 0;

  function check(
    rule: AuditRule,
    productId: number | null,
    expected: Value,
    actual: Value,
    place: Place,
  ): void {
    if (expected === actual) return;
    counts.disagreements += 1;
    if (disagreements.length >= MAX_DISAGREEMENTS) return;
    const where = place ? ` (${nameOf(place)})` : '';
    disagreements.push({
      rule,
      productId,
      expected: `${expected}${where}`,
      actual: `${actual}${where}`,
    });
  }

  const reservations = startReservationAudit((rule, productId, expected, actual, reservationId) =>
    check(rule, productId, expected, actual, { reservationId }),
  );

  function checkMovement(m: AuditedMovement): void {
    const { productId } = m;
    counts.movements += 1;
    check('position-gapless', productId, position + 1, m.position, null);
    position = m.position;

    const key = levelKey(productId, m.location);
    const balance = balances.get(key) ?? { productId, sequence: 0, onHand: 0, reserved: 0 };
    balances.set(key, balance);
    check('sequence-gapless', productId, balance.sequence + 1, m.sequence, m);
    check('on-hand-balance', productId, balance.onHand + m.onHandDelta, m.onHandAfter, m);
    check('reserved-balance', productId, balance.reserved + m.reservedDelta, m.reservedAfter, m);
    const bounded = 0 <= m.reservedAfter && m.reservedAfter <= m.onHandAfter;
    check(
      'balance-bounds',
      productId,
      'reserved from 0 to on hand',
      bounded ? 'reserved from 0 to on hand' : 'outside',
      m,
    );
    const deltas = `on hand ${m.onHandDelta}, reserved ${m.reservedDelta}`;
    check('movement-kind', productId, isOfItsKind(m) ? deltas : `what a ${m.kind} does`, deltas, m);
    const explained = m.kind !== 'sale' || m.purchaseExists;
    check('sale-without-purchase', productId, 'a purchase', explained ? 'a purchase' : 'none', m);
    if (m.kind === 'return' && m.purchaseId !== null) {
      const products = returned.get(m.purchaseId) ?? new Map<number, number>();
      products.set(productId, (products.get(productId) ?? 0) + m.onHandDelta);
      returned.set(m.purchaseId, products);
    }
    reservations.movement(m);
    // Goes on from what the row says, so that one wrong row is named once and not at every row
    // after it.
    balance.sequence = m.sequence;
    balance.onHand = m.onHandAfter;
    balance.reserved = m.reservedAfter;
  }

  function checkLevel(level: Level): void {
    counts.levels += 1;
    const key = levelKey(level.productId, level.location);
    const balance = balances.get(key) ?? {
      productId: level.productId,
      sequence: 0,
      onHand: 0,
      reserved: 0,
    };
    balances.delete(key);
    check('level-on-hand', level.productId, balance.onHand, level.onHand, null);
    check('level-reserved', level.productId, balance.reserved, level.reserved, null);
    check('level-sequence', level.productId, balance.sequence, level.sequence, null);
  }

  function checkPurchase({
    purchase,
    movements,
    firstPosition,
    lastPosition,
  }: AuditedPurchase): void {
    counts.purchases += 1;
    const bought = new Map<number, number>();
    for (const { productId, quantity } of purchase.lines) {
      bought.set(productId, (bought.get(productId) ?? 0) + quantity);
    }
    const moved = new Map<number, number>();
    for (const { productId, onHandDelta } of movements) {
      moved.set(productId, (moved.get(productId) ?? 0) - onHandDelta);
    }
    for (const productId of new Set([...bought.keys(), ...moved.keys()])) {
      check(
        'purchase-units',
        productId,
        moved.get(productId) ?? 0,
        bought.get(productId) ?? 0,
        purchase,
      );
    }
    for (const [productId, units] of returned.get(purchase.id) ?? []) {
      const sold = bought.get(productId) ?? 0;
      const most = `at most ${sold}`;
      check('return-within-sale', productId, most, units <= sold ? most : units, purchase);
    }
    returned.delete(purchase.id);
    const total = purchase.lines.reduce(
      (sum, line) => sum + BigInt(line.quantity) * BigInt(line.unitPrice),
      0n,
    );
    check('purchase-total', null, Number(total), purchase.total, purchase);
    check('purchase-positions', null, movements[0]?.position ?? 'none', firstPosition, purchase);
    check('purchase-positions', null, movements.at(-1)?.position ?? 'none', lastPosition, purchase);
  }

  return {
    movement: checkMovement,
    level: checkLevel,
    purchase: checkPurchase,
    hold: reservations.hold,
    reservation: reservations.reservation,
    report() {
      reservations.finish();
      for (const [id, products] of returned) {
        for (const [productId, units] of products) {
          check('return-within-sale', productId, 'a purchase', `${units} of none`, { id });
        }
      }
      for (const { productId, sequence } of balances.values()) {
        check('level-sequence', productId, sequence, 'no level', null);
      }
      return {
        position,
        clean: counts.disagreements === 0,
        movements: counts.movements,
        levels: counts.levels,
        purchases: counts.purchases,
        disagreementCount: counts.disagreements,
        disagreements: [...disagreements],
      };
    },
  };
}
