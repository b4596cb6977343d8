import { applyReservationStep, expire } from './apply-reservation-step.ts';
import { applyStep, isTaking, sumTakings, take } from './apply-step.ts';
import { carryOver, openBooks, type Books, type Returns } from './books.ts';
import {
  refused,
  type Accepted,
  type Command,
  type Outcome,
  type Refusal,
  type Result,
  type Step,
} from './command.ts';
import { limitsPassedBy } from './hold-limits.ts';
import {
  RECORD_FORMAT,
  recordKey,
  replay,
  type IdempotencyRecord,
  type NewRecord,
} from './idempotency-record.ts';
import { available, levelKey, type Level } from './level.ts';
import type { MovementDraft } from './move.ts';
import type { Movement } from './movement.ts';
import type { Purchase, PurchaseDraft } from './purchase.ts';
import { isDue, type Reservation, type ReservationDraft } from './reservation.ts';
import { markOf, tellEachStep, type StepMark } from './step-results.ts';

/** What a batch needs to know: all that its commands name, as far as it exists. */
export interface LedgerState {
  /** The position of the latest movement; 0 when there is none. */
  readonly head: number;
  /** By {@link levelKey}. */
  readonly levels: ReadonlyMap<string, Level>;
  /** By {@link recordKey}. */
  readonly records: ReadonlyMap<string, IdempotencyRecord>;
  /**
   * By id: those that commands name, the active ones that are due on a level of the batch, and
   * those of who may not hold more than so much.
   */
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** By the id of the purchase: those that units are returned of. */
  readonly returns: ReadonlyMap<string, Returns>;
}

/** A purchase and the movements that carry it out, which stand together in the log. */
export interface PlacedPurchase {
  readonly purchase: Purchase;
  readonly firstPosition: number;
  readonly lastPosition: number;
}

/**
 * All that has to be saved for a batch, and what to tell each caller, in the order of the commands.
 */
export interface Decisions {
  readonly levels: readonly Level[];
  readonly movements: readonly Movement[];
  readonly purchases: readonly PlacedPurchase[];
  readonly reservations: readonly Reservation[];
  readonly records: readonly NewRecord[];
  readonly outcomes: readonly Outcome[];
}

/**
 * Decides on a batch of commands, one after the other, as a pure fold: each sees what those before
 * it did. Reservations that are due when a command is made let go first, so that expiry binds at
 * its instant.
 *
 * A refused command changes nothing and harms no neighbour, and one that throws is a `defect` of
 * its own. Of equal idempotency keys within the batch, the first is carried out and the others are
 * replays.
 */
export function decide(state: LedgerState, commands: readonly Command[]): Decisions {
  const books = openBooks(state);
  const movements: Movement[] = [];
  const purchases: PlacedPurchase[] = [];
  const records = new Map<string, NewRecord>();
  const held = new Set(state.reservations.keys());
  const heldBy = Map.groupBy(held, (id) => state.reservations.get(id)?.owner);
  /** No reservation is due before it. */
  let nextExpiry = '';

  /** Movements with the next places of the log. */
  function placesOf(drafts: readonly MovementDraft[]): Movement[] {
    const first = state.head + movements.length + 1;
    return drafts.map((draft, index) => ({ ...draft, position: first + index }));
  }

  function expireDue(command: Command): void {
    if (command.at < nextExpiry) return;
    const active = [...held]
      .flatMap((id) => books.reservations.get(id) ?? [])
      .filter(({ status }) => status === 'active')
      .toSorted(byExpiry);
    for (const reservation of active.filter((one) => isDue(one, command.at))) {
      const pages = openBooks(books);
      const drafts = expire(reservation, pages);
      carryOver(pages, books);
      movements.push(...placesOf(drafts));
    }
    nextExpiry = active.find((one) => !isDue(one, command.at))?.expiresAt ?? NEVER;
  }

  /**
   * Which limits a new reservation would pass, with all that its owner holds when what is due has
   * let go.
   */
  function limitsPassed({ caller, at, reservation, holdLimits: limits }: Command): Refusal[] {
    if (!reservation || !limits) return [];
    const owned = (heldBy.get(caller) ?? []).flatMap((id) => books.reservations.get(id) ?? []);
    const live = owned.filter(({ status }) => status === 'active');
    return limitsPassedBy(reservation, { live, at, limits });
  }

  function carryOut(command: Command): Outcome {
    const earlier = command.idempotency && findRecord(command.idempotency);
    if (earlier) return replay(earlier, command);
    expireDue(command);
    const passed = limitsPassed(command);
    if (passed.length > 0) return refused(...passed);

    const pages = openBooks(books);
    const change = applySteps(command, pages);
    if ('refusals' in change) return refused(...change.refusals);

    const placed = placesOf(change.movements);
    const { purchase, marks } = change;
    const result = command.tellsEachStep
      ? tellEachStep(marks, placed, command.steps.length)
      : change.result;

    // From here on nothing can fail, so the batch never holds half a command.
    carryOver(pages, books);
    movements.push(...placed);
    const lastPosition = state.head + movements.length;
    if (purchase) {
      const firstPosition = lastPosition - placed.length + 1;
      purchases.push({ purchase, firstPosition, lastPosition });
      books.returns.set(purchase.id, { purchase, returned: new Map() });
    }
    if (result.type === 'reservation') {
      const { id, owner, expiresAt } = result.reservation;
      if (!held.has(id)) {
        const owned = heldBy.get(owner);
        if (owned) owned.push(id);
        else heldBy.set(owner, [id]);
      }
      held.add(id);
      if (expiresAt < nextExpiry) nextExpiry = expiresAt;
    }
    const outcome: Accepted = {
      ok: true,
      result,
      position: placed.length > 0 ? lastPosition : null,
      replayed: false,
    };
    if (command.idempotency) {
      const { idempotency, at } = command;
      const name = recordKey(idempotency.scope, idempotency.key);
      records.set(name, { ...idempotency, outcome, at, format: RECORD_FORMAT });
    }
    return outcome;
  }

  function findRecord(idempotency: { scope: string; key: string }): IdempotencyRecord | undefined {
    const name = recordKey(idempotency.scope, idempotency.key);
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
    levels: [...books.levels.values()],
    movements,
    purchases,
    reservations: [...books.reservations.values()],
    records: [...records.values()],
    outcomes,
  };
}

/** Sorts after every time. */
const NEVER = '~';

/** In the order in which they ran out, however they were loaded. */
function byExpiry(one: Reservation, other: Reservation): number {
  if (one.expiresAt !== other.expiresAt) return one.expiresAt < other.expiresAt ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}

interface Applied {
  readonly movements: readonly MovementDraft[];
  /** Only of a command that tells of each step. */
  readonly marks: readonly StepMark[];
  readonly purchase: Purchase | null;
  readonly result: Result;
}

/** Applies the steps in order; what a command takes of one level is summed first and moves once. */
function applySteps(command: Command, books: Books): Applied | { refusals: readonly Refusal[] } {
  const movements: MovementDraft[] = [];
  const refusals: Refusal[] = [];
  const marks: StepMark[] = [];
  const takings = sumTakings(command.steps);
  let result: Result | null = null;

  for (const [index, step] of command.steps.entries()) {
    if ('reservationId' in step) {
      const change = applyReservationStep(step, index, { command, books });
      if ('refusals' in change) refusals.push(...change.refusals);
      else {
        movements.push(...change.movements);
        result = { type: 'reservation', reservation: change.reservation };
      }
      continue;
    }
    const key = levelKey(step.productId, step.location);
    const level = books.levels.get(key);
    let change;
    if (isTaking(step)) {
      const taking = takings.get(key);
      takings.delete(key);
      // An earlier line of the same product has taken for this one too.
      if (!taking) continue;
      change = take(level, step, taking, command);
    } else change = applyStep(level, step, index, { command, books });

    if ('refusals' in change) refusals.push(...change.refusals);
    else {
      books.levels.set(key, change.level);
      if (change.movement) movements.push(change.movement);
      if (command.tellsEachStep && !isTaking(step))
        marks.push(markOf(step, change.level, movements.length));
      // A step that moves nothing leaves the movement of the one before it as the command's last.
      result = { type: 'level', level: change.level, movement: movements.at(-1) ?? null };
    }
  }
  if (refusals.length > 0) return { refusals: refusals.toSorted((a, b) => stepOf(a) - stepOf(b)) };
  return { ...conclude(command, books, { movements, result }), marks };
}

function stepOf(refusal: Refusal): number {
  return 'step' in refusal ? refusal.step : 0;
}

/** Makes the purchase or the reservation that the steps of a command add up to. */
function conclude(
  command: Command,
  books: Books,
  { movements, result }: { movements: readonly MovementDraft[]; result: Result | null },
): Omit<Applied, 'marks'> {
  if (command.purchase) {
    const draft = withLocations(command.purchase, command.steps);
    const purchase = makePurchase(command, draft, command.caller, books);
    return { movements, purchase, result: { type: 'purchase', purchase } };
  }
  if (command.reservation) {
    const { id, caller: owner, actor, at } = command;
    const made = { id, status: 'active', purchaseId: null, owner, actor, at } as const;
    const reservation: Reservation = { ...command.reservation, ...made };
    books.reservations.set(id, reservation);
    return { movements, purchase: null, result: { type: 'reservation', reservation } };
  }
  if (!result) throw new Error('A command needs at least one step');
  const confirmed = result.type === 'reservation' && movements.some(({ kind }) => kind === 'sale');
  const purchase = confirmed
    ? makePurchase(command, result.reservation, result.reservation.owner, books)
    : null;
  return { movements, purchase, result };
}

function makePurchase(
  { id, actor, at }: Command,
  { reference, currency, currencyDecimals, total, lines }: Omit<ReservationDraft, 'expiresAt'>,
  owner: string,
  books: Books,
): Purchase {
  const bought = lines.map(({ location, ...line }) => {
    const { productId, quantity, name, sku, unitPrice, priceAsOf } = line;
    const level = books.levels.get(levelKey(productId, location));
    if (!level) throw new Error(`Product ${productId} was bought and has no level`);
    const availableAfter = available(level);
    return { productId, quantity, name, sku, unitPrice, priceAsOf, availableAfter };
  });
  const money = { reference, currency, currencyDecimals, total };
  return { id, ...money, lines: bought, owner, actor, at };
}

/** The lines of a purchase with the locations of their steps, one step a line. */
function withLocations(
  draft: PurchaseDraft,
  steps: readonly Step[],
): Omit<ReservationDraft, 'expiresAt'> {
  const lines = draft.lines.map((line, index) => {
    const step = steps[index];
    if (!step || !('location' in step))
      throw new Error(`Line ${index} of a purchase has no step of its own`);
    return { ...line, location: step.location };
  });
  return { ...draft, lines };
}
