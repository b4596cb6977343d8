import type {
  Command,
  CommandHeader,
  LevelAction,
  MovementAction,
  PurchaseAction,
  ReservationAction,
  ReserveAction,
  StockListAction,
} from '../../src/domain/command.ts';
import type { CommandOutcome, CommandResult } from '../../src/domain/command-outcome.ts';
import type { Level } from '../../src/domain/level.ts';
import type { Movement } from '../../src/domain/movement.ts';
import type { Refusal, StatusUnknown } from '../../src/domain/refusal.ts';
import { isMovementStep, type StockStep } from '../../src/domain/stock-step.ts';

interface Shelf {
  onHand: number;
  threshold: number | null;
  changes: number;
  movements: number;
}

/**
 * A slip on the counter: this many units of each product are put aside for somebody, until a time.
 */
interface Slip {
  readonly id: string;
  readonly wanted: ReadonlyMap<number, number>;
  /** The number of lines of its request. */
  readonly lines: number;
  readonly owner: string;
  status: 'active' | 'confirmed' | 'released' | 'expired';
  readonly since: string;
  until: string;
  purchaseId: string | null;
}

interface Receipt {
  readonly number: number;
  readonly owner: string;
  readonly sold: ReadonlyMap<number, number>;
  /** The available units of each product after it. */
  readonly left: ReadonlyMap<number, number>;
  readonly back: Map<number, number>;
}

/** The outcome for a caller, in the model's words. */
export type Answer =
  | {
      readonly done: true;
      readonly replayed: boolean;
      readonly position: number | null;
      readonly told:
        /** For a purchase: its number, and the available units of each line's product. */
        | { readonly number: number; readonly left: readonly number[] }
        | { readonly slip: Pick<Slip, 'id' | 'status' | 'until' | 'purchaseId' | 'owner'> }
        /** For results by step: the movement that each step made, or the shelf after it. */
        | { readonly each: readonly (Written | Left)[] }
        /** For one change: the movement that it made, or the shelf after it. */
        | Written
        | Left;
    }
  | { readonly done: false; readonly refusals: readonly (Refusal | StatusUnknown)[] };

interface Written {
  readonly page: ModelMovement;
  readonly position: number;
}

interface Left {
  readonly shelf: Shelf & { readonly productId: number; readonly held: number };
}

export interface ModelMovement {
  readonly productId: number;
  readonly sequence: number;
  readonly kind: string;
  readonly delta: number;
  readonly held: number;
  readonly after: number;
  readonly heldAfter: number;
  readonly low: boolean;
  readonly crossing: 'sold-out' | 'back-in-stock' | null;
  /** The status and the end of the slip that was changed with this as the last page. */
  readonly closes: { readonly status: Slip['status']; readonly until: string } | null;
  readonly purchaseId: string | null;
  readonly reservationId: string | null;
  /** What somebody read off the shelf before, and when. */
  readonly seen: { readonly units: number; readonly at: string } | null;
  readonly at: string;
}

type Told = Extract<Answer, { done: true }>['told'];
type Why = { readonly kind: string; readonly at: string } & Partial<
  Pick<ModelMovement, 'purchaseId' | 'reservationId' | 'seen'>
>;

function linesIn(command: Command): number[] {
  if (command.type !== 'purchase' && command.type !== 'reserve') return [];
  const { lines } = command.type === 'purchase' ? command.purchase : command.reservation;
  return lines.map(({ productId }) => productId);
}

const MOST = 1_000_000_000;

/**
 * A simple model of the shop: shelves with a number on each, slips for units put aside, receipts, a
 * book of movements, and a drawer of answered keys. It shares no code with the ledger; tests
 * compare the two. It records an expiry with the next thing that it does.
 */
export function openModelShop() {
  let shelves = new Map<number, Shelf>();
  let book: ModelMovement[] = [];
  const slips = new Map<string, Slip>();
  const receipts = new Map<string, Receipt>();
  const drawer = new Map<string, { fingerprint: string; answer: Answer }>();

  function held(productId: number): number {
    let sum = 0;
    for (const { status, wanted } of slips.values())
      if (status === 'active') sum += wanted.get(productId) ?? 0;
    return sum;
  }

  /** Call it before slips change: `putAside` is the change of the units held. */
  function move(productId: number, delta: number, putAside: number, why: Why): void {
    const shelf = shelves.get(productId);
    if (!shelf) throw new Error('Nothing moves where there is no shelf');
    const heldBefore = heldOf.get(productId) ?? 0;
    const before = shelf.onHand - heldBefore;
    shelf.onHand += delta;
    shelf.changes += 1;
    shelf.movements += 1;
    const heldAfter = heldBefore + putAside;
    heldOf.set(productId, heldAfter);
    const { threshold } = shelf;
    const left = shelf.onHand - heldAfter;
    const isKnown = isSold(productId);
    const low = isKnown && threshold !== null && before > threshold && left <= threshold;
    let crossing: ModelMovement['crossing'] = null;
    if (isKnown && before > 0 && left === 0) crossing = 'sold-out';
    if (isKnown && before === 0 && left > 0) crossing = 'back-in-stock';
    const names = { purchaseId: null, reservationId: null, seen: null };
    const numbers = {
      delta,
      held: putAside,
      after: shelf.onHand,
      heldAfter,
      low,
      crossing,
      closes: null,
    };
    book.push({ productId, sequence: shelf.movements, ...numbers, ...names, ...why });
  }
  /** Whether the customers of the current command may buy it. */
  let isSold = (_productId: number): boolean => true;

  /** Writes on the last page what became of a slip. */
  function close({ status, until }: Slip): void {
    const page = book.pop();
    if (page) book.push({ ...page, closes: { status, until } });
  }

  /** The units held by the book; `held` counts the slips, and the two must agree. */
  const heldOf = new Map<number, number>();

  function ask(command: Command): Answer {
    const label = command.idempotency && `${command.idempotency.scope}|${command.idempotency.key}`;
    const earlier = label === null ? undefined : drawer.get(label);
    if (earlier) {
      if (earlier.fingerprint !== command.idempotency?.fingerprint) {
        return { done: false, refusals: [{ type: 'idempotency-key-reused' }] };
      }
      return { ...earlier.answer, replayed: true } as Answer;
    }
    isSold = (productId) =>
      linesIn(command).includes(productId) || !command.sale.notForSale.includes(productId);
    tidy(command.at);
    const start = book.length;
    const done = perform(command);
    const answer: Answer = Array.isArray(done)
      ? { done: false, refusals: done }
      : {
          done: true,
          replayed: false,
          position: book.length > start ? book.length : null,
          told: done,
        };
    if (label !== null && answer.done) {
      drawer.set(label, { fingerprint: command.idempotency?.fingerprint ?? '', answer });
    }
    for (const productId of shelves.keys()) {
      if (held(productId) !== (heldOf.get(productId) ?? 0)) throw new Error('The model is wrong');
    }
    return answer;
  }

  function perform(command: Command): Told | Refusal[] {
    if (command.type === 'purchase' || command.type === 'reserve') return take(command);
    return command.type === 'change-reservation' ? turn(command) : change(command);
  }

  /** Puts back the units of expired slips, in the order of their ends. */
  function tidy(at: string): void {
    const late = [...slips.values()].filter(
      ({ status, until }) => status === 'active' && until <= at,
    );
    const text = ({ until, id }: Slip): string => `${until} ${id}`;
    for (const slip of late.sort((a, b) => (text(a) < text(b) ? -1 : 1)))
      putBack(slip, 'expired', slip.until);
  }

  function putBack(slip: Slip, status: 'expired' | 'released', at: string): void {
    for (const [productId, quantity] of slip.wanted)
      move(productId, 0, -quantity, { kind: 'release', reservationId: slip.id, at });
    slip.status = status;
    close(slip);
  }

  /** The limits that a new slip would pass. */
  function tooMuch(command: CommandHeader & ReserveAction): Refusal[] {
    const { reservation, owner, at, holdLimits: most } = command;
    if (!most) return [];
    const theirs = [...slips.values()].filter(
      (one) => one.owner === owner && one.status === 'active',
    );
    const units = theirs.flatMap(({ wanted }) => [...wanted.values()]);
    const quantities = reservation.lines.map(({ quantity }) => quantity);
    const add = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);
    const lines = add(theirs.map((slip) => slip.lines));
    const counts = [
      ['units', most.maxUnits, add(units), add(quantities)],
      ['lines', most.maxLines, lines, quantities.length],
      ['active', most.maxActive, theirs.length, 1],
    ] as const;
    const refusals = counts.flatMap(([limit, maximum, has, requested]): Refusal[] =>
      has + requested > maximum
        ? [{ type: 'hold-limit', limit, maximum, held: has, requested }]
        : [],
    );
    return [...refusals, ...tooLong(at, reservation.expiresAt, at, most.maxMinutes)];
  }

  function tooLong(since: string, until: string, now: string, maximum: number): Refusal[] {
    const minutes = (text: string): number => (Date.parse(text) - Date.parse(since)) / 60_000;
    if (minutes(until) <= maximum) return [];
    const age = Math.ceil(minutes(now));
    const requested = Math.ceil(minutes(until)) - age;
    return [{ type: 'hold-limit', limit: 'minutes', maximum, held: age, requested }];
  }

  /** Sells, or puts aside. */
  function take(command: CommandHeader & (PurchaseAction | ReserveAction)): Told | Refusal[] {
    const { id, owner, at } = command;
    const excess = command.type === 'reserve' ? tooMuch(command) : [];
    if (excess.length > 0) return excess;
    const { lines } = command.type === 'reserve' ? command.reservation : command.purchase;
    const wanted = new Map<number, number>();
    for (const { productId, quantity } of lines)
      wanted.set(productId, (wanted.get(productId) ?? 0) + quantity);
    const refusals = lines.flatMap(({ productId, name }, step): Refusal[] => {
      const available = (shelves.get(productId)?.onHand ?? 0) - held(productId);
      const requested = wanted.get(productId) ?? 0;
      if (shelves.has(productId) && requested <= available) return [];
      return [{ type: 'insufficient-stock', step, productId, name, requested, available }];
    });
    if (refusals.length > 0) return refusals;
    if (command.type === 'reserve') {
      for (const [productId, quantity] of wanted)
        move(productId, 0, quantity, { kind: 'reservation', reservationId: id, at });
      const until = command.reservation.expiresAt;
      const entry = { id, wanted, lines: lines.length, owner, since: at, until };
      const slip: Slip = { ...entry, status: 'active', purchaseId: null };
      slips.set(id, slip);
      close(slip);
      return tell(slip);
    }
    for (const [productId, quantity] of wanted)
      move(productId, -quantity, 0, { kind: 'sale', purchaseId: id, at });
    const left = write(id, owner, wanted);
    return { number: receipts.size, left: lines.map(({ productId }) => left.get(productId) ?? 0) };
  }

  function write(
    id: string,
    owner: string,
    sold: ReadonlyMap<number, number>,
  ): Map<number, number> {
    const left = new Map(
      [...sold.keys()].map((productId) => {
        return [productId, (shelves.get(productId)?.onHand ?? 0) - held(productId)];
      }),
    );
    receipts.set(id, { number: receipts.size + 1, owner, sold, left, back: new Map() });
    return left;
  }

  /** Confirms, releases or extends a slip. */
  function turn(command: CommandHeader & ReservationAction): Told | Refusal[] {
    const { id, at, change: wish } = command;
    const slip = slips.get(command.reservationId);
    if (!slip) return [{ type: 'reservation-not-found', step: 0 }];
    const { status } = slip;
    const expiry = { type: 'reservation-expired', step: 0 } as const;
    switch (wish.type) {
      case 'expire':
        break;
      case 'release':
        if (status === 'confirmed') return [{ type: 'reservation-closed', step: 0, status }];
        if (status === 'active') putBack(slip, 'released', at);
        break;
      case 'extend':
        if (status === 'expired') return [expiry];
        if (status !== 'active') return [{ type: 'reservation-closed', step: 0, status }];
        if (wish.holdLimits && wish.expiresAt > slip.until) {
          const excess = tooLong(slip.since, wish.expiresAt, at, wish.holdLimits.maxMinutes);
          if (excess.length > 0) return excess;
        }
        slip.until = wish.expiresAt;
        break;
      case 'confirm':
        if (status === 'expired') return [expiry];
        if (status === 'released') return [{ type: 'reservation-closed', step: 0, status }];
        if (status === 'confirmed') break;
        for (const [productId, quantity] of slip.wanted) {
          const names = { purchaseId: id, reservationId: slip.id };
          move(productId, -quantity, -quantity, { kind: 'sale', ...names, at });
        }
        slip.status = 'confirmed';
        slip.purchaseId = id;
        write(id, slip.owner, slip.wanted);
        close(slip);
    }
    return tell(slip);
  }

  function tell({ id, status, until, purchaseId, owner }: Slip): Told {
    return { slip: { id, status, until, purchaseId, owner } };
  }

  /** Carries out all steps or none: a refusal undoes the earlier ones. */
  function change(
    command: CommandHeader & (MovementAction | LevelAction | StockListAction),
  ): Told | Refusal[] {
    const { at } = command;
    const steps = command.type === 'stock-list' ? command.steps : [command.step];
    const shelvesBefore = new Map([...shelves].map(([id, shelf]) => [id, { ...shelf }]));
    const bookBefore = [...book];
    const backBefore = [...receipts.values()].map(({ back }) => [back, [...back]] as const);
    const refusals: Refusal[] = [];
    const each: (Written | Left)[] = [];
    for (const [index, step] of steps.entries()) {
      for (const part of inTwo(step)) {
        const refusal = doOne(part, index, at);
        if (refusal) {
          refusals.push(refusal);
          break;
        }
        each.push(isMovementStep(part) ? lastPage() : leftOf(part.productId));
      }
    }
    if (refusals.length > 0) {
      shelves = shelvesBefore;
      book = bookBefore;
      for (const [back, entries] of backBefore) {
        back.clear();
        for (const [productId, quantity] of entries) back.set(productId, quantity);
      }
      return refusals;
    }
    const last = each.at(-1);
    return command.type === 'stock-list' || !last ? { each } : last;
  }

  /** Whoever counts a shelf and changes its tag does one after the other. */
  function inTwo(step: StockStep): StockStep[] {
    if (step.type !== 'update' || step.onHand === undefined) return [step];
    if (step.lowStockThreshold === undefined) return [step];
    return [
      { ...step, lowStockThreshold: undefined },
      { ...step, onHand: undefined, expectedVersions: null },
    ];
  }

  function lastPage(): Written {
    const page = book.at(-1);
    if (!page) throw new Error('Nothing was written');
    return { page, position: book.length };
  }

  function leftOf(productId: number): Left {
    const shelf = shelves.get(productId);
    if (!shelf) throw new Error('A change left no shelf');
    return { shelf: { ...shelf, productId, held: held(productId) } };
  }

  /** Adds to what somebody has counted all that was carried in and out since, by the book. */
  function countedBefore(
    seen: { productId: number; onHand: number; countedAt: string },
    index: number,
    at: string,
  ): Refusal | null {
    const { productId } = seen;
    const about = { step: index, productId };
    const seconds = (Date.parse(at) - Date.parse(seen.countedAt)) / 1_000;
    if (seconds > 86_400 || seconds < -5) return { type: 'count-not-recent', ...about };
    const when = seconds < 0 ? at : seen.countedAt;
    const own = book.filter((page) => page.productId === productId);
    const last = own.findLast(({ kind }) => kind === 'count');
    const counted = last?.seen?.at ?? last?.at ?? '';
    if (when < counted) return { type: 'count-outdated', ...about, counted };
    const later = own.filter((page) => page.kind !== 'count' && page.at > when);
    const moved = later.reduce((sum, { delta }) => sum + delta, 0);
    const reserved = held(productId);
    const onHand = seen.onHand + moved;
    if (onHand < reserved) return { type: 'count-below-reserved', ...about, reserved, moved };
    const before = shelves.get(productId)?.onHand ?? 0;
    if (onHand > MOST) return { type: 'stock-limit-exceeded', ...about, onHand: before };
    const why = { kind: 'count', at, seen: { units: seen.onHand, at: when } };
    move(productId, onHand - before, 0, why);
    return null;
  }

  /** Carries out one step, or gives the reason to refuse it. */
  function doOne(step: StockStep, index: number, at: string): Refusal | null {
    const { productId } = step;
    const full = (onHand: number): Refusal => {
      return { type: 'stock-limit-exceeded', step: index, productId, onHand };
    };
    const putUp = (
      onHand: number,
      threshold: number | null,
      countedAt?: string,
    ): Refusal | null => {
      if (countedAt !== undefined) {
        const seconds = (Date.parse(at) - Date.parse(countedAt)) / 1_000;
        if (seconds > 86_400 || seconds < -5)
          return { type: 'count-not-recent', step: index, productId };
      }
      if (onHand > MOST) return full(0);
      shelves.set(productId, { onHand: 0, threshold, changes: 0, movements: 0 });
      const seenAt = countedAt === undefined || countedAt > at ? at : countedAt;
      const seen = countedAt === undefined ? null : { units: onHand, at: seenAt };
      move(productId, onHand, 0, { kind: 'count', at, seen });
      return null;
    };

    const shelf = shelves.get(productId);
    if (step.type === 'track') {
      if (shelf) return { type: 'already-tracked', step: index, productId };
      return putUp(step.onHand, step.lowStockThreshold);
    }
    if (step.type === 'return') {
      const receipt = receipts.get(step.purchaseId);
      if (!receipt) return { type: 'purchase-not-found', step: index };
      const returnable = (receipt.sold.get(productId) ?? 0) - (receipt.back.get(productId) ?? 0);
      if (step.quantity > returnable)
        return { type: 'return-exceeds-sale', step: index, productId, returnable };
    }
    const expectedVersions = 'expectedVersions' in step ? step.expectedVersions : null;
    if (!shelf) {
      if (step.type !== 'update' || step.onHand === undefined || !step.startTracking)
        return { type: 'not-tracked', step: index, productId };
      if (expectedVersions) return { type: 'version-mismatch', step: index, productId };
      return putUp(step.onHand, null, step.countedAt);
    }
    if (expectedVersions && !expectedVersions.includes(shelf.changes))
      return { type: 'version-mismatch', step: index, productId };
    if (step.type === 'return') {
      if (shelf.onHand + step.quantity > MOST) return full(shelf.onHand);
      const back = receipts.get(step.purchaseId)?.back;
      back?.set(productId, (back.get(productId) ?? 0) + step.quantity);
      move(productId, step.quantity, 0, { kind: 'return', purchaseId: step.purchaseId, at });
      return null;
    }
    const reserved = held(productId);
    if (step.type === 'update') {
      const { onHand } = step;
      if (onHand === undefined) {
        if (shelf.threshold !== step.lowStockThreshold) shelf.changes += 1;
        shelf.threshold = step.lowStockThreshold ?? null;
        return null;
      }
      if (step.countedAt !== undefined)
        return countedBefore({ ...step, onHand, countedAt: step.countedAt }, index, at);
      if (onHand < reserved)
        return { type: 'count-below-reserved', step: index, productId, reserved };
      if (onHand > MOST) return full(shelf.onHand);
      move(productId, onHand - shelf.onHand, 0, { kind: 'count', at });
      return null;
    }
    const delta = step.quantity;
    const available = shelf.onHand - reserved;
    if (available + delta < 0) {
      const requested = -delta;
      return { type: 'insufficient-stock', step: index, productId, requested, available };
    }
    if (shelf.onHand + delta > MOST) return full(shelf.onHand);
    const kinds = { receive: 'receipt', adjust: 'adjustment' } as const;
    move(productId, delta, 0, { kind: kinds[step.type], at });
    return null;
  }

  return {
    ask,
    tidy,
    held,
    get shelves(): ReadonlyMap<number, Shelf> {
      return shelves;
    },
    get book(): readonly ModelMovement[] {
      return book;
    },
    slips: slips as ReadonlyMap<string, Slip>,
    receipts: receipts as ReadonlyMap<string, Receipt>,
  };
}

/** An outcome of the ledger in the model's words. */
export function inModelWords(outcome: CommandOutcome): Answer {
  if (!outcome.ok) {
    const { refusals } = outcome;
    const step = (refusal: (typeof refusals)[number]) => ('step' in refusal ? refusal.step : 0);
    return { done: false, refusals: refusals.toSorted((a, b) => step(a) - step(b)) };
  }
  const { result, position, replayed } = outcome;
  return { done: true, replayed, position, told: toldOf(result) };
}

function toldOf(result: CommandResult): Told {
  if (result.type === 'purchase') {
    const { number, lines } = result.purchase;
    return { number, left: lines.map(({ availableAfter }) => availableAfter) };
  }
  if (result.type === 'reservation') {
    const { id, status, expiresAt: until, purchaseId, owner } = result.reservation;
    return { slip: { id, status, until, purchaseId, owner } };
  }
  if (result.type === 'changes') {
    const each = result.changes.map((change) =>
      'level' in change ? shelfOf(change.level) : writtenOf(change.movement),
    );
    return { each };
  }
  if (result.type === 'movement') return writtenOf(result.movement);
  return shelfOf(result.level);
}

function writtenOf(movement: Movement): Written {
  return { page: pageOf(movement), position: movement.position };
}

function shelfOf(level: Level): Left {
  const { productId, onHand, reserved: held, lowStockThreshold: threshold } = level;
  const { version: changes, sequence: movements } = level;
  return { shelf: { productId, onHand, held, threshold, changes, movements } };
}

/** A movement in the model's words. */
export function pageOf(m: Movement): ModelMovement {
  const { productId, sequence, kind, purchaseId, reservationId, at } = m;
  const numbers = { delta: m.onHandDelta, held: m.reservedDelta };
  const balances = { after: m.onHandAfter, heldAfter: m.reservedAfter, low: m.madeLow };
  const { crossing, reservationChange } = m;
  const closes = reservationChange && {
    status: reservationChange.status,
    until: reservationChange.expiresAt,
  };
  const { countedOnHand: units, countedAt } = m;
  const seen = units === null || countedAt === null ? null : { units, at: countedAt };
  const names = { purchaseId, reservationId, seen };
  return { productId, sequence, kind, ...numbers, ...balances, crossing, closes, ...names, at };
}
