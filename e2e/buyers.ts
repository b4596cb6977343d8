import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { BreachError } from './http-caller.ts';
import type { Answer } from './http-caller.ts';
import type { Services } from './services.ts';
import { times } from '@anaquel/runtime/soak-counts';
import { allPurchases, auditClean, feedPositions, onHandOf, purchaseCall } from './stocked-shop.ts';
import type { Line, Resource } from './stocked-shop.ts';

/** A purchase that was answered, with 201 or because there was not enough. */
interface AnsweredPurchase {
  readonly lines: readonly Line[];
  readonly answer: Answer;
  /** How often it was sent until it was answered. */
  readonly attempts: number;
}

export interface Buyers {
  /** By idempotency key. */
  readonly answered: ReadonlyMap<string, AnsweredPurchase>;
  /** Resolves once as many purchases more were answered as there are buyers. */
  served(): Promise<void>;
  /**
   * Waits for every buyer's current answer and stops all of them. Rejects if one got a wrong
   * answer.
   */
  goHome(): Promise<void>;
}

const buyerCount = 24;
/** On a slow machine the service may restart many times before it answers one purchase. */
const patienceMs = 180_000;

/**
 * Buyers of one to three of the products 1 to `productCount`. Each repeats its request with the
 * same key until it is answered.
 */
export function sendBuyers(shop: Services, productCount: number): Buyers {
  const answered = new Map<string, AnsweredPurchase>();
  let goingHome = false;

  async function shopping(): Promise<void> {
    while (!goingHome) {
      const key = randomUUID();
      const lines = randomLines(productCount);
      answered.set(key, { lines, ...(await insist(shop, lines, key)) });
      await delay(randomInt(8));
    }
  }

  const all = Promise.all(Array.from({ length: buyerCount }, shopping));
  // `goHome` reports the failure.
  all.catch(() => undefined);
  return {
    answered,
    async served() {
      const enough = answered.size + buyerCount;
      await vi.waitFor(() => expect(answered.size).toBeGreaterThanOrEqual(enough), patienceMs);
    },
    async goHome() {
      goingHome = true;
      await all;
    },
  };
}

function randomLines(productCount: number): Line[] {
  return Array.from({ length: randomInt(1, 4) }, () => {
    return { productId: String(randomInt(1, productCount + 1)), quantity: randomInt(1, 4) };
  });
}

/**
 * Repeats a purchase until it has an outcome. After a 503, which changed nothing, it repeats too.
 */
async function insist(
  shop: Services,
  lines: readonly Line[],
  key: string,
): Promise<{ answer: Answer; attempts: number }> {
  const deadline = Date.now() + patienceMs;
  for (let attempts = 1; Date.now() < deadline; attempts += 1) {
    const answer = await shop
      .call('inventory', purchaseCall(lines, key))
      .catch((error: unknown) => {
        if (error instanceof BreachError) throw error;
        return undefined; // refused, or cut off
      });
    if (answer && answer.status !== 503) {
      expect([201, 409], `answered ${answer.text}`).toContain(answer.status);
      return { answer, attempts };
    }
    // If all retried at once, the starting service would get no processor time.
    await delay(randomInt(30, 60));
  }
  throw new Error(`A purchase was not answered within ${patienceMs} ms`);
}

/** How many of the keys are tried again, at most. */
const replays = times({ test: 200, soak: 1_000 });

/**
 * Checks that the ledger agrees with the buyers' answers: no purchase is lost, doubled, changed, or
 * made without an answer.
 */
export async function expectBooksAsAnswered(
  shop: Services,
  { answered }: Buyers,
  stocked: readonly number[],
): Promise<void> {
  const sales = [...answered].filter(([, { answer }]) => answer.status === 201);
  const purchases = sales.map(([, { answer }]) => (answer.body as { data: Resource }).data);
  expect(byId(await allPurchases(shop))).toEqual(byId(purchases));
  expect(await auditClean(shop)).toBe(purchases.length);

  for (const [index, amount] of stocked.entries()) {
    const id = String(index + 1);
    const lines = sales.flatMap(([, sale]) => sale.lines);
    const ofThis = lines.filter(({ productId }) => productId === id);
    const sold = ofThis.reduce((sum, { quantity }) => sum + quantity, 0);
    expect(await onHandOf(shop, id)).toBe(amount - sold);
  }

  for (const [key, { lines, answer }] of sales.slice(-replays)) {
    const again = await shop.call('inventory', purchaseCall(lines, key));
    expect(again).toMatchObject({ status: 201, text: answer.text });
    expect(again.headers['idempotency-replayed']).toBe('true');
  }
  const positions = await feedPositions(shop);
  expect(positions).toEqual(positions.map((_, index) => index + 1));
  expect(await auditClean(shop)).toBe(purchases.length);
}

function byId(purchases: readonly Resource[]): Resource[] {
  return [...purchases].sort((a, b) => (a.id < b.id ? -1 : 1));
}
