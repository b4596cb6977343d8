import { setTimeout as delay } from 'node:timers/promises';
import { resourceIn } from '../stocked-shop.ts';
import type { LoggedEvent, ReplicatedShop } from './replicated-shop.ts';
import { repeat, type Sale, type Sellers } from './sellers.ts';
import { readLog, textOf, type Witness } from './witness.ts';

/** What is wrong after a fault: all of it must be zero. */
export interface Findings {
  /** Purchases that were answered with 201 and that the log lacks. */
  readonly lost: number;
  /** Keys with more than one purchase, in answers or in the log. */
  readonly doubled: number;
  /** Purchases of the log whose key nobody sent. */
  readonly unasked: number;
  /** Events that were published or shown, and that the log lacks or has otherwise. */
  readonly ghosts: number;
  /** Events of the log that were never published. */
  readonly unpublished: number;
  /** Positions that are missing, or given twice. */
  readonly positions: number;
  /** What the audit disagrees with. */
  readonly disagreements: number;
}

export const NOTHING_WRONG: Findings = {
  lost: 0,
  doubled: 0,
  unasked: 0,
  ghosts: 0,
  unpublished: 0,
  positions: 0,
  disagreements: 0,
};

/** The most sales that are sent once more; those whose outcome was unknown come first. */
const REPEATS = 100;

/**
 * Compares what sellers were answered and what the witness has seen with the log behind a
 * position. Nothing may be sold meanwhile.
 */
export async function findWrongs(
  shop: ReplicatedShop,
  { sales }: Pick<Sellers, 'sales'>,
  witness: Witness,
  start: number,
): Promise<Findings> {
  const doubtful = sales.toSorted((a, b) => b.attempts - a.attempts).slice(0, REPEATS);
  for (const sale of doubtful) await repeat(shop, sale);
  const log = await readLog(shop, start);
  const kept = new Map(log.map((event) => [event.id, textOf(event)]));
  const unpublished = await untilPublished(log, witness);
  await witness.stop();
  const ghosts = [...witness.events].filter(([id, text]) => kept.get(id) !== text);
  return {
    ...purchaseFindings(sales, log),
    ghosts: ghosts.length + witness.contradictions.size,
    unpublished,
    positions: positionFindings(log, start),
    disagreements: await auditFindings(shop),
  };
}

function purchaseFindings(sales: readonly Sale[], log: readonly LoggedEvent[]) {
  const purchases = log.filter(({ type }) => type === 'purchase.completed').map(({ data }) => data);
  const idsByKey = Map.groupBy(purchases, ({ reference }) => String(reference));
  const kept = new Set(purchases.map(({ purchaseId }) => String(purchaseId)));
  const keys = new Set(sales.map(({ key }) => key));
  const answered = sales.flatMap(({ ids }) => [...ids]);
  return {
    lost: answered.filter((id) => !kept.has(id)).length,
    doubled: sales.filter(({ key, ids }) => ids.size > 1 || (idsByKey.get(key)?.length ?? 0) > 1)
      .length,
    unasked: [...idsByKey.keys()].filter((key) => !keys.has(key)).length,
  };
}

const PUBLISHED_MS = 60_000;

/** How many events of the log are not published, however long one waits. */
async function untilPublished(
  log: readonly LoggedEvent[],
  { published }: Witness,
): Promise<number> {
  for (const deadline = performance.now() + PUBLISHED_MS; ;) {
    const missing = log.filter(({ id }) => !published.has(id)).length;
    if (missing === 0 || performance.now() > deadline) return missing;
    await delay(50);
  }
}

/** Every movement has the position after the one before. */
function positionFindings(log: readonly LoggedEvent[], start: number): number {
  const movements = log.filter(({ id, position }) => id === `inventory/${position}`);
  return movements.filter(({ position }, index) => position !== start + 1 + index).length;
}

async function auditFindings(shop: ReplicatedShop): Promise<number> {
  const answer = await shop.call(0, { path: '/api/v1/audit' });
  const { clean, disagreements } = resourceIn(answer).attributes;
  return clean === true ? 0 : Math.max(1, (disagreements as unknown[]).length);
}
