import type { HoldLimitRefusal, HoldLimits } from './hold-limits.ts';
import type { Level } from './level.ts';
import type { Movement } from './movement.ts';
import type { Purchase, PurchaseDraft } from './purchase.ts';
import type { Reservation, ReservationDraft } from './reservation.ts';

interface AtLevel {
  readonly productId: number;
  readonly location: string;
}

/**
 * One change to one level, or to all that one reservation holds. With `expectedVersions` it is
 * refused unless the level has one of them.
 */
export type Step = LevelStep | ReservationStep;

export type LevelStep =
  /** Starts tracking a product, with a first count. */
  | (AtLevel & {
      readonly type: 'track';
      readonly onHand: number;
      readonly lowStockThreshold: number | null;
    })
  /** Says how many units are there. `startTracking` makes the level when there is none. */
  | (AtLevel & {
      readonly type: 'count';
      readonly onHand: number;
      readonly startTracking: boolean;
      readonly reason: string | null;
      readonly expectedVersions: readonly number[] | null;
    })
  | (AtLevel & {
      readonly type: 'set-low-stock-threshold';
      readonly lowStockThreshold: number | null;
      readonly expectedVersions: readonly number[] | null;
    })
  | (AtLevel & {
      readonly type: 'receive';
      readonly quantity: number;
      readonly reason: string | null;
    })
  /** `quantity` is signed. */
  | (AtLevel & { readonly type: 'adjust'; readonly quantity: number; readonly reason: string })
  | (AtLevel & { readonly type: 'sell'; readonly quantity: number })
  | (AtLevel & { readonly type: 'hold'; readonly quantity: number })
  /** Takes back units of a purchase; never more than were sold and not yet returned. */
  | (AtLevel & {
      readonly type: 'return';
      readonly quantity: number;
      readonly purchaseId: string;
      readonly reason: string | null;
    });

export type ReservationStep =
  /** Turns it into a purchase. */
  | { readonly type: 'confirm'; readonly reservationId: string }
  | { readonly type: 'release'; readonly reservationId: string }
  /** Writes down that it has expired. Changes nothing before its time. */
  | { readonly type: 'expire'; readonly reservationId: string }
  | { readonly type: 'extend'; readonly reservationId: string; readonly expiresAt: string };

/**
 * An all-or-nothing list of steps, as plain data. Id, time, actor and product snapshots travel in
 * it, so that deciding on it needs nothing from outside.
 */
export interface Command {
  /** UUID version 7; becomes the id of the purchase or the reservation, if it makes one. */
  readonly id: string;
  /** Who asks: decides whose idempotency keys and purchases these are. */
  readonly caller: string;
  /** Who is named in the movements. */
  readonly actor: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly idempotency: {
    readonly scope: string;
    readonly key: string;
    readonly fingerprint: string;
  } | null;
  readonly steps: readonly Step[];
  /** Present when the steps are the lines of a purchase, one step a line. */
  readonly purchase: PurchaseDraft | null;
  /** Present when the steps are the lines of a reservation, one step a line. */
  readonly reservation: ReservationDraft | null;
  /**
   * Held against what its caller holds, when it makes a reservation, and against its age, when it
   * extends one.
   */
  readonly holdLimits?: HoldLimits;
  /**
   * Products that are known not to be for sale: what takes their stock down doesn't make it low.
   */
  readonly notForSale?: readonly number[];
  /**
   * Whether the result tells of each step. Then all of them are about levels, and none sells or
   * holds.
   */
  readonly tellsEachStep?: boolean;
}

/**
 * What an accepted command leaves: its purchase, its reservation, what came of each step when it
 * asks for that, or else the level of its last step and its last movement, if it made any.
 */
export type Result =
  | { readonly type: 'purchase'; readonly purchase: Purchase }
  | { readonly type: 'reservation'; readonly reservation: Reservation }
  | {
      readonly type: 'level';
      readonly level: Level;
      readonly movement: Omit<Movement, 'position'> | null;
    }
  /** One for each step, in their order. */
  | { readonly type: 'changes'; readonly changes: readonly StepResult[] };

/**
 * What a step left at that moment: its movement where it was to make one, and of any other (a
 * count, a first count, a threshold) the level.
 */
export type StepResult = { readonly movement: Movement } | { readonly level: Level };

export interface Accepted {
  readonly ok: true;
  readonly result: Result;
  /** The position of the command's last movement; null when it made none. */
  readonly position: number | null;
  /** True when the command had been carried out before and this is its first outcome. */
  readonly replayed: boolean;
}

/** Why a command was refused; `step` counts from 0. */
export type Refusal =
  | {
      readonly type: 'insufficient-stock';
      readonly step: number;
      readonly productId: number;
      /**
       * The product's, where it came along with the command: then it is active, so that everyone
       * may know it.
       */
      readonly name?: string;
      readonly requested: number;
      readonly available: number;
    }
  | { readonly type: 'not-tracked'; readonly step: number; readonly productId: number }
  | { readonly type: 'already-tracked'; readonly step: number; readonly productId: number }
  | {
      readonly type: 'count-below-reserved';
      readonly step: number;
      readonly productId: number;
      readonly reserved: number;
    }
  | {
      readonly type: 'stock-limit-exceeded';
      readonly step: number;
      readonly productId: number;
      readonly onHand: number;
    }
  | { readonly type: 'version-mismatch'; readonly step: number; readonly productId: number }
  | { readonly type: 'purchase-not-found'; readonly step: number }
  | {
      readonly type: 'return-exceeds-sale';
      readonly step: number;
      readonly productId: number;
      readonly returnable: number;
    }
  | { readonly type: 'reservation-not-found'; readonly step: number }
  | { readonly type: 'reservation-expired'; readonly step: number }
  /** It was confirmed or released before. */
  | {
      readonly type: 'reservation-closed';
      readonly step: number;
      readonly status: 'confirmed' | 'released';
    }
  | HoldLimitRefusal
  | { readonly type: 'idempotency-key-reused' }
  /** The ledger is too busy; nothing was tried. */
  | { readonly type: 'overloaded' }
  /** The store cannot write at the moment; nothing was changed. */
  | { readonly type: 'ledger-unavailable' }
  /**
   * Deciding or storing this command failed for a reason of its own: a bug. Nothing was changed;
   * `message` is for the log.
   */
  | { readonly type: 'defect'; readonly message: string };

export interface Refused {
  readonly ok: false;
  readonly refusals: readonly Refusal[];
}

export type Outcome = Accepted | Refused;

export function refused(...refusals: Refusal[]): Refused {
  return { ok: false, refusals };
}
