import { isRefusedFor, problemsOf, type Api, type Level, type Result } from '../api/index.ts';
import { newKey } from '../buying/new-key.ts';
import type { ImportTally, StopReason } from './import-tally.ts';
import { sendWithRetry, type RetryPolicy } from './retry-request.ts';
import { isAboutRows } from './send-slices.ts';
import type { DecidedRow } from './stock-choices.ts';

export interface SetOptions extends RetryPolicy {
  readonly api: Pick<Api, 'countStock' | 'level'>;
}

/** A row of a product that the shop has. */
export interface SavedRow {
  readonly row: DecidedRow;
  readonly productId: string;
}

/** So many stocks are set at the same time. */
const SETS_AT_ONCE = 4;
/** A stock that only holds were made on since is set at its newer version, so often at most. */
const MOST_VERSIONS = 5;

/** Whether the row sets a stock that someone counts already. */
export function setsStock({ stock, units }: DecidedRow): boolean {
  return units !== null && stock !== null && stock.before !== null;
}

/** Sets the stocks of all these rows. Those that others have changed meanwhile are left. */
export async function setStocks(
  rows: readonly SavedRow[],
  options: SetOptions,
  tally: ImportTally,
): Promise<StopReason> {
  const queue = [...rows];
  let stop: StopReason = null;
  async function setInTurn(): Promise<void> {
    for (let next = queue.shift(); next && stop === null; next = queue.shift()) {
      const reason = options.signal.aborted ? 'cancelled' : await setRow(next, options, tally);
      stop ??= reason;
    }
  }
  await Promise.all(Array.from({ length: SETS_AT_ONCE }, setInTurn));
  return stop;
}

async function setRow(
  { row, productId }: SavedRow,
  options: SetOptions,
  tally: ImportTally,
): Promise<StopReason> {
  const units = row.units ?? 0;
  const { before, version } = row.stock ?? { before: null, version: null };
  const result = await setStock(units, before, version ?? 0, productId, options);
  if (!result.ok) {
    if (!isAboutRows(result.error)) return result.error;
    tally.blame(row, 'refused', problemsOf(result.error)[0]?.detail ?? '');
  } else if (result.value === null) tally.count('stocked');
  else tally.leave({ row, productId, units, now: result.value });
  tally.advance(1);
  return null;
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
  options: SetOptions,
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
