import type { Command, LevelStep as Step, Outcome, Refusal } from '../../src/domain/command.ts';

interface Shelf {
  onHand: number;
  threshold: number | null;
  changes: number;
  movements: number;
}

/** What a caller is told, in the model's words. */
export type Answer =
  | {
      readonly done: true;
      readonly replayed: boolean;
      readonly position: number | null;
      /** Of a purchase: what is left of each line's product. */
      readonly left: readonly number[] | null;
      /** Of anything else: the last product's shelf. */
      readonly shelf: (Shelf & { readonly productId: number }) | null;
    }
  | { readonly done: false; readonly refusals: readonly Refusal[] };

export interface ModelMovement {
  readonly productId: number;
  readonly sequence: number;
  readonly kind: string;
  readonly delta: number;
  readonly after: number;
  readonly purchaseId: string | null;
}

const MOST = 1_000_000_000;

/**
 * The shop as one would explain it at the counter: shelves with a number on each, a book of movements, and a drawer of
 * answered keys. It shares no code with the ledger; the tests hold the one against the other.
 */
export function openModelShop() {
  const shelves = new Map<number, Shelf>();
  const book: ModelMovement[] = [];
  const drawer = new Map<string, { fingerprint: string; answer: Answer }>();

  function ask(command: Command): Answer {
    const label = command.idempotency && `${command.idempotency.scope}|${command.idempotency.key}`;
    const earlier = label === null ? undefined : drawer.get(label);
    if (earlier) {
      if (earlier.fingerprint !== command.idempotency?.fingerprint) {
        return { done: false, refusals: [{ type: 'idempotency-key-reused' }] };
      }
      return { ...earlier.answer, replayed: true } as Answer;
    }
    const answer = command.purchase ? buy(command) : change(command);
    if (label !== null && answer.done) {
      drawer.set(label, { fingerprint: command.idempotency?.fingerprint ?? '', answer });
    }
    return answer;
  }

  function buy({ id, steps }: Command): Answer {
    const wanted = new Map<number, number>();
    for (const step of steps) {
      if (step.type !== 'sell') throw new Error('The model sells by purchases only');
      wanted.set(step.productId, (wanted.get(step.productId) ?? 0) + step.quantity);
    }
    const refusals = (steps as Step[]).flatMap(({ productId }, step): Refusal[] => {
      const available = shelves.get(productId)?.onHand ?? 0;
      const requested = wanted.get(productId) ?? 0;
      if (shelves.has(productId) && requested <= available) return [];
      return [{ type: 'insufficient-stock', step, productId, requested, available }];
    });
    if (refusals.length > 0) return { done: false, refusals };
    for (const [productId, quantity] of wanted)
      move(shelves, book, productId, 'sale', -quantity, id);
    const left = (steps as Step[]).map(({ productId }) => shelves.get(productId)?.onHand ?? 0);
    return { done: true, replayed: false, position: book.length, left, shelf: null };
  }

  function change({ steps }: Command): Answer {
    const newShelves = new Map([...shelves].map(([id, shelf]) => [id, { ...shelf }]));
    const newPages: ModelMovement[] = [...book];
    const refusals: Refusal[] = [];
    for (const [index, step] of steps.entries()) {
      const refusal = perform(step as Step, index, newShelves, newPages);
      if (refusal) refusals.push(refusal);
    }
    if (refusals.length > 0) return { done: false, refusals };
    const moved = newPages.length > book.length;
    for (const [id, shelf] of newShelves) shelves.set(id, shelf);
    book.push(...newPages.slice(book.length));
    const productId = (steps as Step[]).at(-1)?.productId ?? 0;
    const shelf = shelves.get(productId);
    if (!shelf) throw new Error('A change left no shelf');
    const position = moved ? book.length : null;
    return { done: true, replayed: false, position, left: null, shelf: { ...shelf, productId } };
  }

  return { ask, shelves, book };
}

/** Does one step, or says why not. */
function perform(
  step: Step,
  index: number,
  shelves: Map<number, Shelf>,
  book: ModelMovement[],
): Refusal | null {
  const { productId } = step;
  const shelf = shelves.get(productId);
  const full = (onHand: number): Refusal => ({
    type: 'stock-limit-exceeded',
    step: index,
    productId,
    onHand,
  });

  if (step.type === 'track') {
    if (shelf) return { type: 'already-tracked', step: index, productId };
    if (step.onHand > MOST) return full(0);
    shelves.set(productId, {
      onHand: 0,
      threshold: step.lowStockThreshold,
      changes: 0,
      movements: 0,
    });
    move(shelves, book, productId, 'count', step.onHand, null);
    return null;
  }
  const careful =
    step.type === 'count' || step.type === 'set-low-stock-threshold' ? step.expectedVersions : null;
  if (!shelf) {
    if (step.type !== 'count' || !step.startTracking)
      return { type: 'not-tracked', step: index, productId };
    if (careful) return { type: 'version-mismatch', step: index, productId };
    if (step.onHand > MOST) return full(0);
    shelves.set(productId, { onHand: 0, threshold: null, changes: 0, movements: 0 });
    move(shelves, book, productId, 'count', step.onHand, null);
    return null;
  }
  if (careful && !careful.includes(shelf.changes))
    return { type: 'version-mismatch', step: index, productId };
  if (step.type === 'set-low-stock-threshold') {
    if (shelf.threshold !== step.lowStockThreshold) shelf.changes += 1;
    shelf.threshold = step.lowStockThreshold;
    return null;
  }
  if (step.type === 'sell' || step.type === 'hold' || step.type === 'return') throw new Error('The model sells by purchases only');
  const delta = step.type === 'count' ? step.onHand - shelf.onHand : step.quantity;
  if (shelf.onHand + delta < 0) {
    return {
      type: 'insufficient-stock',
      step: index,
      productId,
      requested: -delta,
      available: shelf.onHand,
    };
  }
  if (shelf.onHand + delta > MOST) return full(shelf.onHand);
  const kinds = { count: 'count', receive: 'receipt', adjust: 'adjustment' } as const;
  move(shelves, book, productId, kinds[step.type], delta, null);
  return null;
}

function move(
  shelves: Map<number, Shelf>,
  book: ModelMovement[],
  productId: number,
  kind: string,
  delta: number,
  purchaseId: string | null,
): void {
  const shelf = shelves.get(productId);
  if (!shelf) throw new Error('Nothing moves where there is no shelf');
  shelf.onHand += delta;
  shelf.changes += 1;
  shelf.movements += 1;
  book.push({ productId, sequence: shelf.movements, kind, delta, after: shelf.onHand, purchaseId });
}

/** An outcome of the ledger in the model's words. */
export function inModelWords(outcome: Outcome): Answer {
  if (!outcome.ok) {
    const step = (refusal: Refusal): number => ('step' in refusal ? refusal.step : 0);
    return { done: false, refusals: outcome.refusals.toSorted((a, b) => step(a) - step(b)) };
  }
  const { result, position, replayed } = outcome;
  if (result.type === 'purchase') {
    const left = result.purchase.lines.map(({ availableAfter }) => availableAfter);
    return { done: true, replayed, position, left, shelf: null };
  }
  if (result.type === 'reservation') throw new Error('todo');
  const {
    productId,
    onHand,
    lowStockThreshold: threshold,
    version: changes,
    sequence: movements,
  } = result.level;
  return {
    done: true,
    replayed,
    position,
    left: null,
    shelf: { productId, onHand, threshold, changes, movements },
  };
}
