import { assertNever } from './assert-never.ts';
import type { HoldLimits } from './hold-limits.ts';
import type { PurchaseDraft } from './purchase.ts';
import type { ReservationDraft } from './reservation.ts';
import type { LevelStep, MovementStep, StockStep } from './stock-step.ts';

/**
 * An all-or-nothing change, as plain data. Id, time, actor and product snapshots travel in it, so
 * that deciding on it needs nothing from outside.
 */
export type Command = CommandHeader & Action;

export interface CommandHeader {
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
}

/** What a command does. Its `type` decides what the command leaves: see `ResultOf`. */
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
  /** What its caller may hold; null without limits. */
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

interface StockAction {
  /** Products that are not for sale: to lower their stock doesn't make it low. */
  readonly notForSale: readonly number[];
}

export interface MovementAction extends StockAction {
  readonly type: 'record-movement';
  readonly step: MovementStep;
}

export interface LevelAction extends StockAction {
  readonly type: 'change-level';
  readonly step: LevelStep;
}

/** All steps in their order. */
export interface StockListAction extends StockAction {
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
