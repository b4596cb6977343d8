import { applyStep, sumSales, type Change } from './apply-step.ts';
import {
  refused,
  type Accepted,
  type Command,
  type IdempotencyRecord,
  type Outcome,
  type Refusal,
  type Result,
} from './command.ts';
import { available, levelKey, type Level } from './level.ts';
import type { Movement } from './movement.ts';
import type { Purchase } from './purchase.ts';

/** What a batch needs to know: the levels and records that its commands name, as far as they exist. */
export interface LedgerState {
  /** The position of the latest movement; 0 when there is none. */
  readonly head: number;
  /** By {@link levelKey}. */
  readonly levels: ReadonlyMap<string, Level>;
  /** By {@link recordKey}. */
  readonly records: ReadonlyMap<string, IdempotencyRecord>;
}

/** A purchase and the movements that carry it out, which stand together in the log. */
export interface PlacedPurchase {
  readonly purchase: Purchase;
  readonly firstPosition: number;
  readonly lastPosition: number;
}

/** All that has to be saved for a batch, and what to tell each caller, in the order of the commands. */
export interface Decisions {
  readonly levels: readonly Level[];
  readonly movements: readonly Movement[];
  readonly purchases: readonly PlacedPurchase[];
  readonly records: readonly IdempotencyRecord[];
  readonly outcomes: readonly Outcome[];
}

/** Names an idempotency record among others, in maps only. Keys are visible characters: a line feed cannot be in one. */
export function recordKey(scope: string, key: string): string {
  return `${scope}\n${key}`;
}

/**
 * Decides on a batch of commands, one after the other, as a pure fold: each sees what those before it did.
 *
 * A refused command changes nothing and harms no neighbour, and one that throws is a `defect` of its own. Of equal
 * idempotency keys within the batch, the first is carried out and the others are replays.
 */
export function decide(state: LedgerState, commands: readonly Command[]): Decisions {
  const levels = new Map(state.levels);
  const changed = new Map<string, Level>();
  const movements: Movement[] = [];
  const purchases: PlacedPurchase[] = [];
  const records = new Map<string, IdempotencyRecord>();

  function carryOut(command: Command): Outcome {
    const earlier = command.idempotency && findRecord(command.idempotency);
    if (earlier) return replay(earlier, command);

    const change = applySteps(command, levels);
    if ('refusals' in change) return refused(...change.refusals);

    const firstPosition = state.head + movements.length + 1;
    const placed = change.movements.map((movement, index) => ({
      ...movement,
      position: firstPosition + index,
    }));
    const outcome: Accepted = {
      ok: true,
      result: resultOf(command, change),
      position: placed.at(-1)?.position ?? null,
      replayed: false,
    };
    // From here on nothing can fail, so the batch never holds half a command.
    for (const [key, level] of change.levels) {
      levels.set(key, level);
      changed.set(key, level);
    }
    movements.push(...placed);
    if (outcome.result.type === 'purchase') {
      purchases.push({
        purchase: outcome.result.purchase,
        firstPosition,
        lastPosition: firstPosition + placed.length - 1,
      });
    }
    if (command.idempotency) {
      const { scope, key, fingerprint } = command.idempotency;
      records.set(recordKey(scope, key), { scope, key, fingerprint, outcome, at: command.at });
    }
    return outcome;
  }

  function findRecord({
    scope,
    key,
  }: {
    scope: string;
    key: string;
  }): IdempotencyRecord | undefined {
    const name = recordKey(scope, key);
    return records.get(name) ?? state.records.get(name);
  }

  const outcomes = commands.map((command) => {
    try {
      return carryOut(command);
    } catch (error) {
      return refused({ type: 'defect', message: String(error) });
    }
  });
  return {
    levels: [...changed.values()],
    movements,
    purchases,
    records: [...records.values()],
    outcomes,
  };
}

/** The first outcome for the same command; a refusal when the key stood for another one. */
export function replay(record: IdempotencyRecord, command: Pick<Command, 'idempotency'>): Outcome {
  if (record.fingerprint !== command.idempotency?.fingerprint)
    return refused({ type: 'idempotency-key-reused' });
  return { ...record.outcome, replayed: true };
}

interface AppliedSteps {
  readonly levels: ReadonlyMap<string, Level>;
  readonly movements: readonly Omit<Movement, 'position'>[];
}

/** Applies the steps in order to a copy; the lines of a sale of one product are summed first and move once. */
function applySteps(
  command: Command,
  levels: ReadonlyMap<string, Level>,
): AppliedSteps | { refusals: Refusal[] } {
  const touched = new Map<string, Level>();
  const movements: Omit<Movement, 'position'>[] = [];
  const refusals: Refusal[] = [];
  const sales = sumSales(command.steps);
  const sold = new Set<string>();

  for (const [index, step] of command.steps.entries()) {
    const key = levelKey(step.productId, step.location);
    if (step.type === 'sell' && sold.has(key)) continue;
    const level = touched.get(key) ?? levels.get(key);
    const change: Change = applyStep(level, step, index, { command, sale: sales.get(key) });
    if ('refusals' in change) {
      refusals.push(...change.refusals);
    } else {
      touched.set(key, change.level);
      if (change.movement) movements.push(change.movement);
    }
    if (step.type === 'sell') sold.add(key);
  }
  if (refusals.length === 0) return { levels: touched, movements };
  return { refusals: refusals.sort((a, b) => stepOf(a) - stepOf(b)) };
}

function stepOf(refusal: Refusal): number {
  return 'step' in refusal ? refusal.step : 0;
}

function resultOf(command: Command, change: AppliedSteps): Result {
  if (command.purchase) {
    const { lines, ...draft } = command.purchase;
    const availableAfter = (line: number): number => {
      const step = command.steps[line];
      const level = step && change.levels.get(levelKey(step.productId, step.location));
      if (!level) throw new Error(`Line ${line} of a purchase has no step of its own`);
      return available(level);
    };
    const purchase: Purchase = {
      id: command.id,
      ...draft,
      lines: lines.map((line, index) => ({ ...line, availableAfter: availableAfter(index) })),
      owner: command.caller,
      actor: command.actor,
      at: command.at,
    };
    return { type: 'purchase', purchase };
  }
  const last = command.steps.at(-1);
  const level = last && change.levels.get(levelKey(last.productId, last.location));
  if (!level) throw new Error('A command without a purchase needs at least one step');
  return { type: 'level', level, movement: change.movements.at(-1) ?? null };
}
