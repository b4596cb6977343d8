import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { BreachError, type Answer } from '../http-caller.ts';
import { purchaseCall, type Resource } from '../stocked-shop.ts';
import type { ReplicatedShop } from './replicated-shop.ts';

/** One purchase, sent until it was answered. */
export interface Sale {
  readonly key: string;
  readonly call: ReturnType<typeof purchaseCall>;
  /** How often it was sent until it was answered. */
  attempts: number;
  /** The purchases that its answers named: never more than one. */
  readonly ids: Set<string>;
}

export interface Sellers {
  readonly sales: readonly Sale[];
  /** Says when writes are measured from. */
  mark(): void;
  /** Waits until so many more purchases are answered. */
  sell(more: number): Promise<void>;
  /** The longest time since the mark in which nothing was sold, in milliseconds. */
  longestPauseMs(): number;
  /** Resolves when all that was sent has been answered. */
  goHome(): Promise<void>;
}

const SELLERS_A_REPLICA = 6;
const PATIENCE_MS = 180_000;

/**
 * Sells one or two units of the products 1 to `products` through all replicas. An unknown outcome
 * is tried again with its key, as the gateway does: through any replica. Of those that are answered
 * some are sent once more.
 */
export function startSellers(shop: ReplicatedShop, products: number): Sellers {
  const sales: Sale[] = [];
  let soldAtMs = performance.now();
  let longestMs = 0;
  let isOver = false;

  function sold(): void {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - soldAtMs);
    soldAtMs = now;
  }

  async function sell(home: number): Promise<void> {
    while (!isOver) {
      const key = randomUUID();
      const lines = Array.from({ length: randomInt(1, 3) }, () => {
        return { productId: String(randomInt(1, products + 1)), quantity: 1 };
      });
      const sale: Sale = {
        key,
        call: purchaseCall(lines, key, { reference: key }),
        attempts: 0,
        ids: new Set(),
      };
      await insist(shop, sale, home);
      sold();
      sales.push(sale);
      if (randomInt(10) === 0) await repeat(shop, sale);
      await delay(randomInt(40));
    }
  }

  const homes = Array.from(
    { length: shop.replicas * SELLERS_A_REPLICA },
    (_, seller) => seller % shop.replicas,
  );
  const selling = Promise.all(homes.map(sell));
  // `goHome` reports the failure.
  selling.catch(() => {});
  return {
    sales,
    mark() {
      soldAtMs = performance.now();
      longestMs = 0;
    },
    async sell(more) {
      const enough = sales.length + more;
      for (const deadline = performance.now() + PATIENCE_MS; sales.length < enough;) {
        if (performance.now() > deadline)
          throw new Error(`Nothing is sold after ${PATIENCE_MS / 1_000} s`);
        await Promise.race([delay(20), selling]);
      }
    },
    longestPauseMs() {
      return Math.max(longestMs, performance.now() - soldAtMs);
    },
    async goHome() {
      isOver = true;
      await selling;
    },
  };
}

/** Sends a purchase until it is answered; a retry goes to any replica. */
async function insist(shop: ReplicatedShop, sale: Sale, home: number): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline;) {
    const replica = sale.attempts === 0 ? home : randomInt(shop.replicas);
    sale.attempts += 1;
    if (await send(shop, sale, replica)) return;
    await delay(randomInt(50, 150));
  }
  throw new Error(`A purchase was not answered for ${PATIENCE_MS / 1_000} s`);
}

/** Sends a purchase that was answered once more. */
export async function repeat(shop: ReplicatedShop, sale: Sale): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline;) {
    if (await send(shop, sale, randomInt(shop.replicas))) return;
    await delay(randomInt(50, 150));
  }
  throw new Error(`A purchase was not answered again for ${PATIENCE_MS / 1_000} s`);
}

/** Whether it was answered. */
async function send(shop: ReplicatedShop, sale: Sale, replica: number): Promise<boolean> {
  const answer = await shop.call(replica, sale.call).catch((error: unknown) => {
    if (error instanceof BreachError) throw error;
    return undefined; // cut off
  });
  if (answer === undefined || [503, 504].includes(answer.status)) return false;
  sale.ids.add(idIn(answer));
  return true;
}

function idIn({ status, body, text }: Answer): string {
  if (status !== 201) throw new Error(`A purchase was answered ${status}: ${text}`);
  return (body as { data: Resource }).data.id;
}
