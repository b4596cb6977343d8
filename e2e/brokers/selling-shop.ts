import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { CloudEvent } from '@anaquel/events';
import { createTestDatabase, runOn } from '@anaquel/runtime/postgres-server';
import { expect, vi } from 'vitest';
import { startReplicatedShop } from '../postgres-ha/replicated-shop.ts';
import { purchaseCall } from '../stocked-shop.ts';
import type { Arrivals } from './watched-queue.ts';

/** Two Inventories on one PostgreSQL, of which one publishes, and what arrives at their broker. */
export interface SellingShop {
  /** The one that publishes; the other one is `1 - publishing()`. */
  publishing(): number;
  /** Makes it stand still until the other one has taken over, and what it sells is published. */
  pausePublishing(sales: Sales): Promise<void>;
  /** Lets both go on. */
  resume(): void;
  log(replica: number): string;
  /** Sells until `goHome`: 500 purchases a second, or as many as the machine makes. */
  startSales(...replicas: readonly number[]): Sales;
  /** Waits until all that was sold has arrived. Fails if anything is missing, or out of order. */
  untilArrived(): Promise<Delivery>;
  remove(): Promise<void>;
}

export interface Sales {
  /** Waits until so many more purchases are answered. */
  sell(more: number): Promise<void>;
  /** Resolves when all that was sent has been answered. */
  goHome(): Promise<SalesFigures>;
}

interface SalesFigures {
  readonly perSecond: number;
  /** The longest time in which no more events were known to be published, in seconds. */
  readonly longestWaitSeconds: number;
}

export interface Delivery {
  /** How many log entries had come before. */
  readonly repeats: number;
  /** How often a relay gave up what it was publishing, since the last time. */
  readonly failures: number;
}

const PATIENCE = { timeout: 180_000, interval: 100 };
const PRODUCTS = 5;
const BUYERS = 24;
const PURCHASES_A_SECOND = 500;
const PAGE = 1_000;
const LOOK_MS = 50;
/** What a service logs when it gave up a slice. */
const FAILURE = 'events wait: the relay will try again';
/** Then none was on its way: the broker let nobody in, or the log was not read. */
const NOTHING_SENT = /ECONNREFUSED|did not let us in|taken the lease/;

export interface SellingShopOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly arrivals: Arrivals;
  /** Whether an event of this type arrives. */
  readonly wants: (type: string) => boolean;
}

export async function startSellingShop(options: SellingShopOptions): Promise<SellingShop> {
  const { settings, arrivals, wants } = options;
  const database = await createTestDatabase();
  const shop = await startReplicatedShop([database.url, database.url], PRODUCTS, settings);
  let publishing = 0;
  /** The `order` of every event that must arrive, and up to which position they are known. */
  const expected: string[] = [];
  let known = 0;
  let failures = 0;
  /** What a consumer has that drops what does not come after the last one. */
  const kept: string[] = [];

  async function readFeed(): Promise<void> {
    for (let isMore = true; isMore;) {
      const path = `/api/v1/stock-events?page[size]=${PAGE}&page[after]=${known}`;
      const { body, text } = await shop.call(publishing, { path });
      const { data } = body as { data: { attributes: FeedEntry }[] };
      expect(data, `answered ${text}`).toBeDefined();
      const events = data.map(({ attributes }) => attributes.event);
      expected.push(...events.filter(({ type }) => wants(type)).map(({ order }) => order));
      known = data.at(-1)?.attributes.position ?? known;
      isMore = data.length > 0;
    }
  }

  /** Gives how many log entries had come before. */
  function receive(orders: readonly string[]): number {
    const dropped = orders.filter((order) => {
      if (!isAfter(order, kept.at(-1) ?? '0.0')) return true;
      kept.push(order);
      return false;
    });
    return dropped.filter((order) => order.endsWith('.1')).length;
  }

  async function untilArrived(): Promise<Delivery> {
    await readFeed();
    const received = kept.length;
    const { count, repeats } = await vi.waitFor(async () => {
      kept.length = received;
      const orders = await arrivals.read();
      const found = { count: orders.length, repeats: receive(orders) };
      expect(kept.at(-1)).toBe(expected.at(-1));
      return found;
    }, PATIENCE);
    expect(kept).toEqual(expected);
    await arrivals.drop(count);
    const before = failures;
    const lines = `${shop.log(0)}\n${shop.log(1)}`.split('\n');
    failures = lines.filter((line) => line.includes(FAILURE) && !NOTHING_SENT.test(line)).length;
    return { repeats, failures: failures - before };
  }

  async function buy(replica: number): Promise<void> {
    const lines = [{ productId: String(randomInt(1, PRODUCTS + 1)), quantity: 1 }];
    const { status, text } = await shop.call(replica, purchaseCall(lines, randomUUID()));
    expect(status, `answered ${text}`).toBe(201);
  }

  const numberOf = async (query: string): Promise<number> => {
    const [row] = await runOn(database.url, query);
    return Number(Object.values(row as object)[0]);
  };
  const epoch = () => numberOf(`select epoch from leases where name = 'upkeep'`);
  const published = () => numberOf('select coalesce(max(position), 0) from relay_cursors');

  function startSales(...replicas: readonly number[]): Sales {
    const startedMs = performance.now();
    let [begun, sold, isOver, longestWaitMs] = [0, 0, false, 0];

    async function shopping(replica = 0): Promise<void> {
      for (; !isOver; sold += 1) {
        const turnMs = startedMs + (begun * 1_000) / PURCHASES_A_SECOND;
        begun += 1;
        await delay(Math.max(0, turnMs - performance.now()));
        await buy(replica);
      }
    }

    async function watch(): Promise<void> {
      let [last, movedMs] = [await published(), performance.now()];
      while (!isOver) {
        await delay(LOOK_MS);
        const position = await published();
        longestWaitMs = Math.max(longestWaitMs, performance.now() - movedMs);
        if (position !== last) [last, movedMs] = [position, performance.now()];
      }
    }

    const buyers = Array.from({ length: BUYERS }, (_, buyer) =>
      shopping(replicas[buyer % replicas.length]),
    );
    const all = Promise.all([...buyers, watch()]);
    // `goHome` reports the failure.
    all.catch(() => {});
    return {
      async sell(more) {
        const enough = sold + more;
        await Promise.race([vi.waitFor(() => expect(sold).toBeGreaterThan(enough), PATIENCE), all]);
      },
      async goHome() {
        isOver = true;
        const perSecond = Math.round(sold / ((performance.now() - startedMs) / 1_000));
        await all;
        return { perSecond, longestWaitSeconds: longestWaitMs / 1_000 };
      },
    };
  }

  /** From here on the first Inventory publishes, for as long as it lives. */
  async function makeFirstPublish(): Promise<void> {
    await untilArrived();
    shop.pause(1);
    await buy(0);
    await untilArrived();
    shop.resume(1);
  }

  const selling: SellingShop = {
    publishing: () => publishing,
    async pausePublishing(sales) {
      const before = await epoch();
      shop.pause(publishing);
      publishing = 1 - publishing;
      await vi.waitFor(async () => expect(await epoch()).toBeGreaterThan(before), PATIENCE);
      const reached = await published();
      await sales.sell(1);
      await vi.waitFor(async () => expect(await published()).toBeGreaterThan(reached), PATIENCE);
    },
    resume: () => [0, 1].forEach(shop.resume),
    log: shop.log,
    startSales,
    untilArrived,
    async remove() {
      await shop.remove();
      await database.drop();
    },
  };
  try {
    await makeFirstPublish();
    return selling;
  } catch (error) {
    await selling.remove();
    throw error;
  }
}

interface FeedEntry {
  readonly position: number;
  readonly event: CloudEvent;
}

/** By both numbers of an `order`. */
function isAfter(order: string, last: string): boolean {
  const [position = 0, n = 0] = order.split('.').map(Number);
  const [lastPosition = 0, lastN = 0] = last.split('.').map(Number);
  return position === lastPosition ? n > lastN : position > lastPosition;
}
