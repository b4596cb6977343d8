import {
  isOutcomeUnknown,
  problemsOf,
  type Api,
  type ApiError,
  type Operation,
} from '../api/index.ts';
import { newKey } from '../buying/new-key.ts';
import type { PlannedRow } from './import-plan.ts';
import type { RowFault } from './product-rows.ts';

export interface ImportProgress {
  /** Of all that has to be said. */
  readonly done: number;
  readonly total: number;
}

export interface ImportOutcome {
  readonly created: number;
  readonly updated: number;
  readonly stocked: number;
  readonly faults: readonly RowFault[];
  /** Why it ended early; what was not done is done by importing the same file again. */
  readonly stoppedBy: ApiError | 'cancelled' | null;
}

interface Options {
  readonly api: Pick<Api, 'operateProducts' | 'operateStock'>;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly signal: AbortSignal;
  /** Before a request that was refused for now is sent again, in milliseconds. */
  readonly waitMs?: number;
}

/** A request has at most so many operations, so that the bar moves, and so many characters, which bodies are limited in. */
const OPERATIONS_A_REQUEST = 250;
const CHARACTERS_A_REQUEST = 600_000;
const ATTEMPTS = 5;
const WAIT_MS = 1_000;

interface Step {
  readonly planned: PlannedRow;
  readonly operation: Operation;
}

type Slice = { readonly refused: ApiError } | { readonly ids: readonly string[] };

/** Carries a plan out: products first, then their stock. Rows that a service refuses are told and left out; the others go on. */
export async function runImport(
  planned: readonly PlannedRow[],
  options: Options,
): Promise<ImportOutcome> {
  const { api, onProgress, signal } = options;
  const faults: RowFault[] = [];
  const failed = new Set<PlannedRow>();
  const ids = new Map(planned.map((one) => [one, one.productId]));
  let created = 0;
  let updated = 0;
  let stocked = 0;
  let done = 0;

  const withProduct = planned.filter(({ product }) => product !== null);
  const total = withProduct.length + planned.filter(({ stock }) => stock !== null).length;
  const advance = (count: number) => {
    done += count;
    onProgress({ done, total });
  };
  const outcome = (stoppedBy: ImportOutcome['stoppedBy']): ImportOutcome => ({
    created,
    updated,
    stocked,
    faults,
    stoppedBy,
  });

  onProgress({ done, total });
  const productSteps = withProduct.map((one): Step => ({
    planned: one,
    operation: productOperation(one),
  }));
  const productsStopped = await runSlices(
    productSteps,
    async (operations) => {
      const result = await api.operateProducts(operations);
      return result.ok ? { ids: result.value.map(({ id }) => id) } : { refused: result.error };
    },
    (step, id) => {
      if (step.planned.productId === null) created += 1;
      else updated += 1;
      ids.set(step.planned, id);
    },
  );
  if (productsStopped !== null) return outcome(productsStopped);

  const stockSteps = planned.flatMap((one): Step[] => {
    const productId = ids.get(one) ?? null;
    if (one.stock === null) return [];
    if (productId === null || failed.has(one)) {
      advance(1);
      return [];
    }
    return [{ planned: one, operation: stockOperation(one, productId) }];
  });
  const stockStopped = await runSlices(
    stockSteps,
    async (operations, key) => {
      const result = await api.operateStock(operations, key);
      return result.ok ? { ids: operations.map(() => '') } : { refused: result.error };
    },
    () => (stocked += 1),
  );
  return outcome(stockStopped);

  async function runSlices(
    steps: readonly Step[],
    send: (operations: readonly Operation[], key: string) => Promise<Slice>,
    onDone: (step: Step, id: string) => void,
  ): Promise<ImportOutcome['stoppedBy']> {
    for (const slice of slicesOf(steps)) {
      let left = slice;
      // Each round without an error of the service itself takes a row away, so this ends.
      while (left.length > 0) {
        if (signal.aborted) return 'cancelled';
        const result = await sendPatiently(left, send);
        if ('ids' in result) {
          for (const [at, step] of left.entries()) onDone(step, result.ids[at] ?? '');
          advance(left.length);
          break;
        }
        const { refused } = result;
        if (refused.kind !== 'refused' || refused.status < 400 || refused.status >= 500)
          return refused;
        if (refused.status === 401 || refused.status === 403) return refused;
        const blamed = blame(refused, left);
        for (const [step, text] of blamed) {
          failed.add(step.planned);
          const { line, sku } = step.planned.row;
          faults.push({ line, sku, fault: 'refused', text });
        }
        advance(blamed.size);
        left = left.filter((step) => !blamed.has(step));
      }
    }
    return null;
  }

  /** A request that was refused for now, or got no answer, is sent again: stock with the same key, and products find out that theirs are there. */
  async function sendPatiently(
    steps: readonly Step[],
    send: (operations: readonly Operation[], key: string) => Promise<Slice>,
  ): Promise<Slice> {
    const key = newKey();
    const operations = steps.map(({ operation }) => operation);
    const isStock = operations[0]?.data.type === 'inventories';
    for (let attempt = 1; ; attempt += 1) {
      const result = await send(operations, key);
      if ('ids' in result || attempt >= ATTEMPTS || signal.aborted) return result;
      const { refused } = result;
      const mayRepeat =
        refused.kind === 'unavailable'
          ? !isOutcomeUnknown(refused) || isStock
          : isStock && isOutcomeUnknown(refused);
      if (!mayRepeat) return result;
      const askedMs = refused.kind === 'unavailable' ? (refused.retryAfterMs ?? 0) : 0;
      const waitMs = Math.max(askedMs, options.waitMs ?? WAIT_MS);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

function productOperation({ productId, product }: PlannedRow): Operation {
  const attributes = product ?? {};
  return productId === null
    ? { op: 'add', data: { type: 'products', attributes } }
    : { op: 'update', data: { type: 'products', id: productId, attributes } };
}

function stockOperation({ stock, isTracked }: PlannedRow, id: string): Operation {
  const op = isTracked ? 'update' : 'add';
  return { op, data: { type: 'inventories', id, attributes: stock ?? {} } };
}

function* slicesOf(steps: readonly Step[]): Generator<Step[]> {
  let slice: Step[] = [];
  let characters = 0;
  for (const step of steps) {
    const size = JSON.stringify(step.operation).length;
    const isFull = slice.length >= OPERATIONS_A_REQUEST || characters + size > CHARACTERS_A_REQUEST;
    if (isFull && slice.length > 0) {
      yield slice;
      slice = [];
      characters = 0;
    }
    slice.push(step);
    characters += size;
  }
  if (slice.length > 0) yield slice;
}

/** Which steps a refusal is about; when it names none, all of them. */
function blame(error: ApiError, steps: readonly Step[]): Map<Step, string> {
  const blamed = new Map<Step, string>();
  for (const { pointer, detail } of problemsOf(error)) {
    const index = /^\/atomic:operations\/(\d+)/.exec(pointer ?? '')?.[1];
    const step = index === undefined ? undefined : steps[Number(index)];
    if (step && !blamed.has(step)) blamed.set(step, detail);
  }
  if (blamed.size > 0) return blamed;
  const text = problemsOf(error)[0]?.detail ?? '';
  return new Map(steps.map((step) => [step, text]));
}
