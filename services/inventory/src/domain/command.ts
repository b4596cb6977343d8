import type { Level } from './level.ts';
import type { Movement } from './movement.ts';
import type { Purchase, PurchaseDraft } from './purchase.ts';

interface AtLevel {
  readonly productId: number;
  readonly location: string;
}

/** One change to one level. With `expectedVersions` it is refused unless the level has one of them. */
export type Step =
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
  | (AtLevel & { readonly type: 'sell'; readonly quantity: number });

/**
 * An all-or-nothing list of steps, as plain data. Id, time, actor and product snapshots travel in it, so that deciding
 * on it needs nothing from outside.
 */
export interface Command {
  /** UUID version 7; becomes the id of the purchase, if it makes one. */
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
}

/** What an accepted command leaves: its purchase, or else the level of its last step and its last movement, if it made any. */
export type Result =
  | { readonly type: 'purchase'; readonly purchase: Purchase }
  | {
      readonly type: 'level';
      readonly level: Level;
      readonly movement: Omit<Movement, 'position'> | null;
    };

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
  | { readonly type: 'idempotency-key-reused' }
  /** The ledger is too busy; nothing was tried. */
  | { readonly type: 'overloaded' }
  /** The store cannot write at the moment; nothing was changed. */
  | { readonly type: 'ledger-unavailable' }
  /** Deciding or storing this command failed for a reason of its own: a bug. Nothing was changed; `message` is for the log. */
  | { readonly type: 'defect'; readonly message: string };

export interface Refused {
  readonly ok: false;
  readonly refusals: readonly Refusal[];
}

export type Outcome = Accepted | Refused;

/** The memory of one idempotency key: the command it stood for, and what came of it. */
export interface IdempotencyRecord {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly outcome: Accepted;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export function refused(...refusals: Refusal[]): Refused {
  return { ok: false, refusals };
}
