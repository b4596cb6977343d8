import { assertNever } from './assert-never.ts';
import type { HoldLimits } from './hold-limits.ts';
import type { PurchaseDraft } from './purchase.ts';
import type { ReservationDraft } from './reservation.ts';
import type { SaleKnowledge } from './sale-knowledge.ts';
import type { LevelStep, MovementStep, StockStep } from './stock-step.ts';

/**
 * An all-or-nothing change, as plain data. It holds id, time, actor and product snapshots, so that
 * the fold needs nothing from outside.
 */
export type Command = CommandHeader & Action;

export interface CommandHeader {
  /** UUID version 7. Also the id of the purchase or reservation that the command makes. */
  readonly id: string;
  /** The owner of the idempotency key and of what the command makes. */
  readonly owner: string;
  /** The name in the movements. */
  readonly actor: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Where it is traced; null where it isn't. https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string | null;
  readonly sale: SaleKnowledge;
  readonly idempotency: {
    readonly scope: string;
    readonly key: string;
    readonly fingerprint: string;
  } | null;
}

/** What a command does. Its `type` decides the type of the result: see `ResultOf`. */
export type Action =
  | PurchaseAction
  | ReserveAction
  | ReservationAction
  | MovementAction
  | LevelAction
  | StockListAction;

/** Sells all lines. */
export interface PurchaseAction {
  readonly type: 'purchase';
  readonly purchase: PurchaseDraft;
}

/** Holds all lines. */
export interface ReserveAction {
  readonly type: 'reserve';
  readonly reservation: ReservationDraft;
  /** What its owner may hold; null without limits. */
  readonly holdLimits: HoldLimits | null;
}

export interface ReservationAction {
  readonly type: 'change-reservation';
  readonly reservationId: string;
  readonly change: ReservationChange;
}

export type ReservationChange =
  /** Turns it into a purchase. */
  | { readonly type: 'confirm' }
  | { readonly type: 'release' }
  /** Records that it has expired. Changes nothing before its time. */
  | { readonly type: 'expire' }
  /** `holdLimits` bound its age; null without limits. */
  | {
      readonly type: 'extend';
      readonly expiresAt: string;
      readonly holdLimits: HoldLimits | null;
    };

export interface MovementAction {
  readonly type: 'record-movement';
  readonly step: MovementStep;
}

export interface LevelAction {
  readonly type: 'change-level';
  readonly step: LevelStep;
}

/** All steps in their order. */
export interface StockListAction {
  readonly type: 'stock-list';
  readonly steps: readonly StockStep[];
}

/** How much work a command is: the number of its lines or steps. */
export function sizeOf(action: Action): number {
  switch (action.type) {
    case 'purchase':
      return action.purchase.lines.length;
    case 'reserve':
      return action.reservation.lines.length;
    case 'stock-list':
      return action.steps.length;
    case 'change-reservation':
    case 'record-movement':
    case 'change-level':
      return 1;
    default:
      return assertNever(action);
  }
}
