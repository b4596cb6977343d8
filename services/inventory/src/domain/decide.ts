import { applyLevelStep, applyMovementStep } from './apply-stock-step.ts';
import { applyStockList } from './apply-stock-list.ts';
import { assertNever } from './assert-never.ts';
import { batchReservations, type BatchReservations } from './batch-reservations.ts';
import { changeReservation } from './change-reservation.ts';
import type { Command } from './command.ts';
import type { AcceptedCommand, CommandOutcome, CommandResult } from './command-outcome.ts';
import {
  RECORD_FORMAT,
  recordKey,
  replay,
  type IdempotencyRecord,
  type NewRecord,
} from './idempotency-record.ts';
import type { Level } from './level.ts';
import type { Movement } from './movement.ts';
import { refused, type Outcome } from './outcome.ts';
import type { PositionedPurchase } from './purchase.ts';
import type { Refusal } from './refusal.ts';
import type { Reservation } from './reservation.ts';
import { reserve } from './reserve.ts';
import { saleStatusOf, type SaleStatus } from './sale-status.ts';
import { sell } from './sell.ts';
import { merge, stateOver, type LedgerState, type WorkingState } from './working-state.ts';

/** The rows to save for a batch, and an outcome for each command, in their order. */
export interface Decisions {
  readonly levels: readonly Level[];
  readonly movements: readonly Movement[];
  readonly purchases: readonly PositionedPurchase[];
  readonly reservations: readonly Reservation[];
  readonly records: readonly NewRecord[];
  readonly outcomes: readonly CommandOutcome[];
}

/**
 * Decides on a batch of commands as a pure fold: each command is applied to the state that those
 * before it left. Before each, the reservations that are due at its time expire.
 *
 * A refused command changes nothing. One that throws gets the refusal `defect` and changes nothing
 * either. Of commands with the same idempotency key the first is carried out; the others are
 * replays.
 */
export function decide(loaded: LedgerState, commands: readonly Command[]): Decisions {
  const state = stateOver(loaded, NO_STATUS);
  const reservations = batchReservations(loaded, state);
  const records = new Map<string, NewRecord>();

  function carryOut(command: Command): CommandOutcome {
    const earlier = findRecord(command);
    if (earlier) return replay(earlier, command);
    const sale = saleStatusOf(command);
    const needed = reservations.expireDue(command, sale);
    if (needed.length > 0) return statusUnknown(needed);

    const changes = stateOver(state, sale);
    const outcome = apply(command, changes, reservations);
    if (!outcome.ok) return outcome;
    const unknown = sale.takeUnknown();
    if (unknown.length > 0) return statusUnknown(unknown);
    merge(changes, state);
    const { result } = outcome;
    if (result.type === 'reservation') reservations.note(result.reservation);
    const position = changes.movements.length > 0 ? changes.head : null;
    const done = { ok: true, result, position, replayed: false } as const;
    record(command, done);
    return done;
  }

  function findRecord({ idempotency }: Command): IdempotencyRecord | undefined {
    if (!idempotency) return undefined;
    const name = recordKey(idempotency.scope, idempotency.key);
    return records.get(name) ?? loaded.records.get(name);
  }

  function record({ idempotency, at }: Command, outcome: AcceptedCommand): void {
    if (!idempotency) return;
    const name = recordKey(idempotency.scope, idempotency.key);
    records.set(name, { ...idempotency, outcome, at, format: RECORD_FORMAT });
  }

  const outcomes = commands.map((command) => {
    try {
      return carryOut(command);
    } catch (error) {
      return refused({ type: 'defect', message: String(error) });
    }
  });
  return {
    levels: [...state.levels.values()],
    movements: state.movements,
    purchases: state.purchases,
    reservations: [...state.reservations.values()],
    records: [...records.values()],
    outcomes,
  };
}

/** Of the state below all commands, in which nothing moves. */
const NO_STATUS: SaleStatus = {
  knows: () => true,
  isForSale: () => true,
  takeUnknown: () => [],
};

function statusUnknown(productIds: readonly number[]): CommandOutcome {
  return refused({ type: 'status-unknown', productIds });
}

/** Applies a command. After a refusal `state` holds half of its changes, and must be dropped. */
function apply(
  command: Command,
  state: WorkingState,
  reservations: BatchReservations,
): Outcome<CommandResult, Refusal> {
  switch (command.type) {
    case 'purchase':
      return sell(command, state);
    case 'reserve':
      return reserve(command, { reservations, state });
    case 'change-reservation':
      return changeReservation(command, state);
    case 'record-movement':
      return applyMovementStep(command.step, { author: command, index: 0, state });
    case 'change-level':
      return applyLevelStep(command.step, { author: command, index: 0, state });
    case 'stock-list':
      return applyStockList(command, state);
    default:
      return assertNever(command);
  }
}
