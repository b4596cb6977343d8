import type { Api } from '../api/index.ts';
import { newKey } from '../buying/new-key.ts';
import {
  createImportTally,
  type ImportOutcome,
  type ImportProgress,
  type ImportTally,
  type StopReason,
} from './import-tally.ts';
import { productStep, stockStep } from './operation-slices.ts';
import { sendWithRetry, type RetryPolicy } from './retry-request.ts';
import { sendSlices } from './send-slices.ts';
import { setsStock, setStocks, type SavedRow } from './set-stock.ts';
import { hasWork, type DecidedRow } from './stock-choices.ts';

export interface ImportOptions extends RetryPolicy {
  readonly api: Pick<Api, 'operateProducts' | 'operateStock' | 'countStock' | 'level'>;
  readonly onProgress: (progress: ImportProgress) => void;
}

/**
 * Carries out what was decided: products first, then stocks that nobody counts yet and thresholds,
 * both many at a time, and then each stock that is set, by compare-and-set. Rows that a service
 * refuses are told and left out; the others go on.
 */
export async function runImport(
  rows: readonly DecidedRow[],
  options: ImportOptions,
): Promise<ImportOutcome> {
  const work = rows.filter(hasWork);
  const total = sum(work.map((row) => productStep(row).length + stockStepCount(row)));
  const tally = createImportTally(total, options.onProgress);

  const newIds = new Map<DecidedRow, string>();
  const productsStop = await saveProducts(work, newIds, options, tally);
  if (productsStop !== null) return tally.outcome(productsStop);

  const savedRows = work.flatMap((row): SavedRow[] => {
    const productId = newIds.get(row) ?? row.productId;
    if (productId !== null && !tally.isBlamed(row)) return [{ row, productId }];
    tally.advance(stockStepCount(row));
    return [];
  });
  const levelsStop = await saveLevels(savedRows, options, tally);
  if (levelsStop !== null) return tally.outcome(levelsStop);

  const stocksToSet = savedRows.filter(({ row }) => setsStock(row) && !tally.isBlamed(row));
  return tally.outcome(await setStocks(stocksToSet, options, tally));
}

/** Creates and updates products. The ids of new ones go into `newIds`. */
function saveProducts(
  rows: readonly DecidedRow[],
  newIds: Map<DecidedRow, string>,
  options: ImportOptions,
  tally: ImportTally,
): Promise<StopReason> {
  return sendSlices(
    rows.flatMap(productStep),
    {
      signal: options.signal,
      async send(operations) {
        const send = () => options.api.operateProducts(operations);
        const result = await sendWithRetry(send, { hasKey: false }, options);
        return result.ok ? { ok: true, value: result.value.map(({ id }) => id) } : result;
      },
      onDone({ row }, id) {
        tally.count(row.productId === null ? 'created' : 'updated');
        newIds.set(row, id);
      },
    },
    tally,
  );
}

/** Starts to track stocks that nobody counts yet, and sets thresholds. */
function saveLevels(
  rows: readonly SavedRow[],
  options: ImportOptions,
  tally: ImportTally,
): Promise<StopReason> {
  return sendSlices(
    rows.flatMap(({ row, productId }) => stockStep(row, productId)),
    {
      signal: options.signal,
      async send(operations) {
        const key = newKey();
        const send = () => options.api.operateStock(operations, key);
        const result = await sendWithRetry(send, { hasKey: true }, options);
        return result.ok ? { ok: true, value: operations.map(() => null) } : result;
      },
      onDone({ row, operation }) {
        if (operation.op === 'add' && row.units !== null) tally.count('stocked');
      },
    },
    tally,
  );
}

/** How many steps change the stock of a row, once its product is saved. */
function stockStepCount(row: DecidedRow): number {
  return stockStep(row, '').length + (setsStock(row) ? 1 : 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
