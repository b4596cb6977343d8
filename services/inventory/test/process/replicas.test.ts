import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beginOn, hasPostgres } from '@anaquel/runtime/postgres-server';
import { times, withinMs } from '@anaquel/runtime/soak-counts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startFakeProducts, type FakeProducts } from '../support/fake-products.ts';
import { endProcesses } from '../support/inventory-process.ts';
import { openPostgresStore, type PostgresTestStore } from '../support/postgres-store.ts';
import { environment, MASTER_KEY, type Answer, type Settings } from '../support/shop.ts';
import { openStream } from '../support/stream-reader.ts';
import { openTill, stock, type Till } from '../support/till.ts';

const REPLICAS = 3;
const UNITS = times({ test: 100, soak: 500 });
const BUYERS = 10 * UNITS;
const KEYS = times({ test: 50, soak: 500 });
const KILLS = times({ test: 1, soak: 12 });
const KILL_EVERY_MS = times({ test: 0, soak: 5_000 });
const STANDSTILLS = times({ test: 1, soak: 10 });
/** How long the others may wait for one that stands still. */
const STANDSTILL_MS = withinMs(2_000);
const WAIT = { timeout: 30_000, interval: 20 };

describe.skipIf(!hasPostgres)('replicas on one database', () => {
  let products: FakeProducts;
  let store: PostgresTestStore;
  let env: Settings;
  let tills: Till[];

  beforeAll(async () => {
    [products, store] = await Promise.all([startFakeProducts(), openPostgresStore()]);
    env = environment(store.url, products);
    tills = await Promise.all(Array.from({ length: REPLICAS }, () => openTill(env)));
  });
  afterAll(async () => {
    await endProcesses();
    await Promise.all([products.close(), store.remove()]);
  });

  const replica = (index: number): Till => tills[index % REPLICAS] as Till;
  const anyReplica = (): Till => replica(randomInt(REPLICAS));
  const header = { 'x-api-key': MASTER_KEY };
  let lastProduct = 0;

  async function stocked(onHand: number): Promise<string> {
    const id = String((lastProduct += 1));
    products.put(lastProduct);
    await stock(anyReplica(), onHand, id);
    return id;
  }

  async function head(): Promise<number> {
    const { json } = await replica(0).send('GET', '/api/v1/stock-events?page[size]=1');
    return json.meta.page.head;
  }

  async function expectInStock(id: string, onHand: number): Promise<void> {
    for (const till of tills) {
      const { json } = await till.send('GET', `/api/v1/inventories/${id}`);
      expect(json.data.attributes).toMatchObject({ onHand, available: onHand });
    }
    const { json } = await anyReplica().send('GET', '/api/v1/audit');
    expect(json.data.attributes).toMatchObject({ clean: true });
  }

  /** Follows the feed from one replica to the next, until `isOver` and nothing is left. */
  async function readFeed(start: number, isOver: () => boolean): Promise<number[]> {
    const positions: number[] = [];
    for (let round = 0; ; round += 1) {
      const over = isOver();
      const after = positions.at(-1) ?? start;
      const url = `/api/v1/stock-events?page[after]=${after}&page[size]=100`;
      const { json } = await replica(round).send('GET', url);
      const events = json.data.map((one: { attributes: FeedEvent }) => one.attributes);
      positions.push(...positionsOf(events));
      if (over && events.length === 0) return positions;
    }
  }

  test(`of ${BUYERS} buyers, ${UNITS} get the ${UNITS} units; feed and stream show each sale once, in order`, async () => {
    const id = await stocked(UNITS);
    const start = await head();
    const stream = await openStream(`${replica(1).address}/api/v1/stock-events/stream`, {
      ...header,
      'last-event-id': String(start),
    });
    let isOver = false;
    const feed = readFeed(start, () => isOver);
    const answers = await Promise.all(
      Array.from({ length: BUYERS }, (_, index) => replica(index).buy(randomUUID(), id)),
    );
    isOver = true;
    expect(tally(answers)).toEqual({ 201: UNITS, '409 insufficient-stock': BUYERS - UNITS });
    const sales = Array.from({ length: UNITS }, (_, index) => start + 1 + index);
    expect(await feed).toEqual(sales);
    await vi.waitFor(() => expect(stream.lastId()).toBe(String(sales.at(-1))), WAIT);
    const streamed = stream.events
      .filter(({ type }) => type === 'stock.sold')
      .map(({ data }) => data.data.position);
    expect(streamed).toEqual(sales);
    stream.abort();
    await expectInStock(id, 0);
  });

  test('copies of a key make one purchase, wherever they are sent, and whatever product they name', async () => {
    const [one, two] = [await stocked(KEYS), await stocked(KEYS)];
    const keys = Array.from({ length: KEYS }, () => randomUUID());
    const answers = await Promise.all(
      keys.map((key, index) =>
        Promise.all([
          replica(index).buy(key, one),
          replica(index + 1).buy(key, one),
          replica(index + 2).buy(key, two),
        ]),
      ),
    );
    let ofOne = 0;
    for (const copies of answers) {
      const made = copies.filter(({ status }) => status === 201);
      const refused = copies.filter(({ status }) => status !== 201);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      expect(made.filter(({ headers }) => !headers['idempotency-replayed'])).toHaveLength(1);
      expect(refused.flatMap(({ codes }) => codes)).toEqual(
        refused.map(() => 'idempotency-key-reused'),
      );
      if (copies[0].status === 201) ofOne += 1;
    }
    await expectInStock(one, KEYS - ofOne);
    await expectInStock(two, ofOne);
  });

  /** Lets a replica lock the level for a purchase, and stops it before it goes on. */
  async function stopInTransaction({ process: { pid }, buy }: Till, id: string) {
    const letGo = await beginOn(
      store.url,
      `select 1 from levels where product_id = ${id} for update`,
    );
    const key = randomUUID();
    const answer = buy(key, id).catch(() => null);
    const waiting = `select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%levels%'`;
    await vi.waitFor(async () => expect(await store.run(waiting)).toHaveLength(1), WAIT);
    process.kill(pid, 'SIGSTOP');
    await letGo();
    return { key, answer };
  }

  test('one that stands still in the middle of a purchase holds up the others for no longer than the database lets it', async () => {
    const id = await stocked(1_000);
    let sold = 0;
    for (let stop = 0; stop < STANDSTILLS; stop += 1) {
      const { pid } = replica(stop).process;
      const stuck = await stopInTransaction(replica(stop), id);
      const begunAtMs = performance.now();
      const others = [replica(stop + 1), replica(stop + 2)];
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => others.map(({ buy }) => buy(randomUUID(), id))).flat(),
      );
      expect(tally(answers)).toEqual({ 201: answers.length });
      expect(performance.now() - begunAtMs).toBeLessThan(STANDSTILL_MS);
      process.kill(pid, 'SIGCONT');
      expect([201, 503, 504]).toContain((await stuck.answer)?.status);
      expect((await insist(anyReplica, stuck.key, id)).status).toBe(201);
      sold += answers.length + 1;
    }
    await expectInStock(id, 1_000 - sold);
  });

  test('when replicas are killed, every sale is made once, and what happened is published all the same', async () => {
    const id = await stocked(100_000);
    const events = tills.flatMap(({ process }) => process.events());
    let sold = 0;
    let isOver = false;
    const buyer = async (): Promise<void> => {
      while (!isOver) {
        expect((await insist(anyReplica, randomUUID(), id)).status).toBe(201);
        sold += 1;
      }
    };
    const buyers = Promise.all(Array.from({ length: 16 }, buyer));
    for (let kill = 0; kill < KILLS; kill += 1) {
      const enough = sold + 50;
      const nextAt = delay(KILL_EVERY_MS);
      await vi.waitFor(() => expect(sold).toBeGreaterThan(enough), WAIT);
      await nextAt;
      const victim = replica(kill);
      await victim.process.kill('SIGKILL');
      events.push(...victim.process.events());
      tills[kill % REPLICAS] = await openTill(env);
    }
    isOver = true;
    await buyers;
    await expectInStock(id, 100_000 - sold);
    const all = Array.from({ length: await head() }, (_, index) => index + 1);
    await vi.waitFor(() => {
      const printed = [...events, ...tills.flatMap(({ process }) => process.events())];
      const positions = printed.map(({ data }) => (data as { position: number }).position);
      expect([...new Set(positions)].sort((a, b) => a - b)).toEqual(all);
    }, WAIT);
    const ends = await Promise.all(tills.map(({ process }) => process.kill('SIGTERM')));
    expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      ends.map(() => ({ code: 0, stderr: '' })),
    );
  });
});

interface FeedEvent {
  readonly position: number;
  readonly event: { readonly data: object };
}

/** Those of movements: a purchase has an event of its own at the position of its last one. */
function positionsOf(events: readonly FeedEvent[]): number[] {
  return events.filter(({ event }) => 'sequence' in event.data).map(({ position }) => position);
}

/** Sends a purchase to one replica after the other until its outcome is known. */
async function insist(anyReplica: () => Till, key: string, id: string): Promise<Answer> {
  for (;;) {
    const answer = await anyReplica()
      .buy(key, id)
      .catch(() => null);
    if (answer !== null && answer.status !== 503 && answer.status !== 504) return answer;
    await delay(20);
  }
}

function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, codes } of answers) {
    const name = [status, ...codes].join(' ');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
