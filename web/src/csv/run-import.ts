import {
  isOutcomeUnknown,
  isRefusedFor,
  problemsOf,
  type Api,
  type ApiError,
  type Level,
  type Operation,
  type Result,
} from '../api/index.ts';
import { newKey } from '../buying/new-key.ts';
import { productStep, slicesOf, stockStep, type Step } from './operation-slices.ts';
import { sendWithRetry, type RetryPolicy } from './retry-request.ts';
import type { RowFault } from './row-faults.ts';
import { hasWork, type DecidedRow } from './stock-choices.ts';

export interface ImportProgress {
  /** Of all that has to be said. */
  readonly done: number;
  readonly total: number;
}

/** A stock that was changed by others after the preview: it was left as they have it. */
export interface ChangedStock {
  readonly row: DecidedRow;
  readonly productId: string;
  readonly units: number;
  readonly now: Level;
}

export interface ImportOutcome {
  readonly created: number;
  readonly updated: number;
  readonly stocked: number;
  readonly faults: readonly RowFault[];
  readonly changedStocks: readonly ChangedStock[];
  /** Why it ended early; what was not done is done by importing the same file again. */
  readonly stoppedBy: ApiError | 'cancelled' | null;
}

export interface ImportOptions extends RetryPolicy {
  readonly api: Pick<Api, 'operateProducts' | 'operateStock' | 'countStock' | 'level'>;
  readonly onProgress: (progress: ImportProgress) => void;
}

type StopReason = ImportOutcome['stoppedBy'];
/** So many stocks are set at the same time. */
const SETS_AT_ONCE = 4;
/** A stock that only holds were made on since is set at its newer version, so often at most. */
const MOST_VERSIONS = 5;

/**
 * Carries out what was decided: products first, then stocks that nobody counts yet and thresholds,
 * both many at a time, and then each stock that is set, by compare-and-set. Rows that a service
 * refuses are told and left out; the others go on.
 */
export async function runImport(
  rows: readonly DecidedRow[],
  options: ImportOptions,
): Promise<ImportOutcome> {
  const { api, onProgress, signal } = options;
  const faults: RowFault[] = [];
  const changedStocks: ChangedStock[] = [];
  const failedRows = new Set<DecidedRow>();
  const ids = new Map(rows.map((row) => [row, row.productId]));
  const counts = { created: 0, updated: 0, stocked: 0 };
  const work = rows.filter(hasWork);
  const steps = work.map(
    (row) => productStep(row).length + stockStep(row, '').length + (isSet(row) ? 1 : 0),
  );
  const total = steps.reduce((sum, count) => sum + count, 0);
  let done = 0;
  const advance = (count: number) => {
    done += count;
    onProgress({ done, total });
  };
  const blame = (row: DecidedRow, fault: RowFault['fault'], text?: string) => {
    failedRows.add(row);
    const { line, sku } = row;
    faults.push({ line, sku, fault, ...(text !== undefined && { text }) });
  };
  const outcome = (stoppedBy: StopReason): ImportOutcome => ({
    ...counts,
    faults,
    changedStocks,
    stoppedBy,
  });

  onProgress({ done, total });
  const productsStop = await runSlices(
    work.flatMap(productStep),
    async (operations) => {
      const send = () => api.operateProducts(operations);
      const result = await sendWithRetry(send, { hasKey: false }, options);
      return result.ok ? { ok: true, value: result.value.map(({ id }) => id) } : result;
    },
    ({ row }, id) => {
      counts[row.productId === null ? 'created' : 'updated'] += 1;
      ids.set(row, id);
    },
  );
  if (productsStop !== null) return outcome(productsStop);

  const takeId = (row: DecidedRow): string | null => {
    const id = ids.get(row) ?? null;
    if (id !== null && !failedRows.has(row)) return id;
    advance(stockStep(row, '').length + (isSet(row) ? 1 : 0));
    return null;
  };
  const identifiedRows = work.flatMap((row) => {
    const id = takeId(row);
    return id === null ? [] : [{ row, id }];
  });
  const stockStop = await runSlices(
    identifiedRows.flatMap(({ row, id }) => stockStep(row, id)),
    async (operations) => {
      const key = newKey();
      const send = () => api.operateStock(operations, key);
      const result = await sendWithRetry(send, { hasKey: true }, options);
      return result.ok ? { ok: true, value: operations.map(() => '') } : result;
    },
    ({ row, operation }) => {
      if (operation.op === 'add' && row.units !== null) counts.stocked += 1;
    },
  );
  if (stockStop !== null) return outcome(stockStop);
  return outcome(
    await runSets(identifiedRows.filter(({ row }) => isSet(row) && !failedRows.has(row))),
  );

  async function runSlices(
    all: readonly Step[],
    send: (operations: readonly Operation[]) => Promise<Result<readonly string[]>>,
    onDone: (step: Step, id: string) => void,
  ): Promise<StopReason> {
    for (const slice of slicesOf(all)) {
      let remainder = slice;
      // Each round without an error of the service itself takes a row away, so this ends.
      while (remainder.length > 0) {
        if (signal.aborted) return 'cancelled';
        const result = await send(remainder.map(({ operation }) => operation));
        if (result.ok) {
          for (const [at, step] of remainder.entries()) onDone(step, result.value[at] ?? '');
          advance(remainder.length);
          break;
        }
        const { error } = result;
        if (!isAboutRows(error)) {
          // Those with a SKU are found again by it.
          if (isOutcomeUnknown(error))
            for (const { row } of remainder)
              if (row.productId === null && row.sku === null) blame(row, 'outcome-unknown');
          return error;
        }
        const refusedSteps = blamedBy(error, remainder);
        for (const [step, text] of refusedSteps) blame(step.row, 'refused', text);
        advance(refusedSteps.size);
        remainder = remainder.filter((step) => !refusedSteps.has(step));
      }
    }
    return null;
  }

  async function runSets(sets: readonly { row: DecidedRow; id: string }[]): Promise<StopReason> {
    const queue = [...sets];
    let stop: StopReason = null;
    async function setInTurn(): Promise<void> {
      for (let next = queue.shift(); next && stop === null; next = queue.shift()) {
        if (signal.aborted) {
          stop = 'cancelled';
          return;
        }
        const { row, id } = next;
        const result = await setStock(
          row.units ?? 0,
          row.stock?.before ?? null,
          row.stock?.version ?? 0,
          id,
          options,
        );
        if (result.ok && result.value === null) counts.stocked += 1;
        else if (result.ok && result.value)
          changedStocks.push({ row, productId: id, units: row.units ?? 0, now: result.value });
        else if (!result.ok && isAboutRows(result.error))
          blame(row, 'refused', problemsOf(result.error)[0]?.detail ?? '');
        else if (!result.ok) {
          stop = result.error;
          return;
        }
        advance(1);
      }
    }
    await Promise.all(Array.from({ length: SETS_AT_ONCE }, setInTurn));
    return stop;
  }
}

/** Whether the row sets a stock that someone counts already. */
function isSet({ stock, units }: DecidedRow): boolean {
  return units !== null && stock !== null && stock.before !== null;
}

/**
 * Sets a stock that is still as it was seen. Answers null when it is set, and the level when others
 * have changed it meanwhile. Holds that come and go don't count: they leave on the shelf what was
 * on it.
 */
export async function setStock(
  units: number,
  before: number | null,
  version: number,
  productId: string,
  options: Pick<ImportOptions, 'api'> & RetryPolicy,
): Promise<Result<Level | null>> {
  const { api } = options;
  let latestVersion = version;
  for (let round = 1; ; round += 1) {
    const key = newKey();
    const send = () => api.countStock(productId, { onHand: units }, `"${latestVersion}"`, key);
    const result = await sendWithRetry(send, { hasKey: true }, options);
    if (result.ok) return { ok: true, value: null };
    if (!isRefusedFor(result.error, 'precondition-failed')) return result;
    const now = await api.level(productId);
    if (!now.ok) return now;
    const { value: level } = now.value;
    if (level.onHand === units) return { ok: true, value: null };
    if (level.onHand !== before || round >= MOST_VERSIONS) return { ok: true, value: level };
    latestVersion = level.version;
  }
}

/** Whether a service looked at the rows and refused some; else it is of no use to go on. */
function isAboutRows(error: ApiError): boolean {
  return (
    error.kind === 'refused' && error.status < 500 && error.status !== 401 && error.status !== 403
  );
}

/** Which steps a refusal is about; when it names none, all of them. */
function blamedBy(error: ApiError, steps: readonly Step[]): Map<Step, string> {
  const texts = new Map<Step, string>();
  for (const { pointer, detail } of problemsOf(error)) {
    const index = /^\/atomic:operations\/(\d+)/.exec(pointer ?? '')?.[1];
    const step = index === undefined ? undefined : steps[Number(index)];
    if (step && !texts.has(step)) texts.set(step, detail);
  }
  if (texts.size > 0) return texts;
  const text = problemsOf(error)[0]?.detail ?? '';
  return new Map(steps.map((step) => [step, text]));
}
