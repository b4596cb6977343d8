import { randomUUID } from 'node:crypto';
import { times } from '@anaquel/runtime/soak-counts';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FRESH_MS } from '../../src/adapters/products/http-product-catalogue.ts';
import { connectClients, type Clients } from '../support/clients.ts';
import type { Mood } from '../support/fake-products.ts';
import { MASTER_KEY, openShop, purchaseBody, type Answer, type Shop } from '../support/shop.ts';

const BUDGET_MS = 500;
/** Extra time, since other tests run on the machine. */
const SLACK_MS = 20_000;
/** Requests of a product that nobody asked for before, while the circuit is open. */
const AT_ONCE = times({ test: 30, soak: 100 });
const ALONE = times({ test: 5, soak: 20 });
const SEEN = '1';
const SEEN_TOO = '2';
/** A product id that was not used before, so that each request needs Products. */
let unseen = 100;

let shop: Shop;
let clients: Clients;
let skewMs: number;

beforeEach(async () => {
  skewMs = 0;
  shop = await openShop(
    { HTTP_TIMEOUT_SECONDS: String(BUDGET_MS / 1_000), HTTP_MAX_RETRIES: '2' },
    { clock: () => new Date(Date.now() + skewMs) },
  );
  clients = connectClients(await shop.service.listen(), 100);
  await shop.stock(Number(SEEN), 1_000_000);
  await shop.stock(Number(SEEN_TOO), 1_000_000);
  // Both are in the cache, but no longer fresh.
  skewMs = FRESH_MS;
});
afterEach(async () => {
  clients.close();
  await shop.close();
});

async function buy(productId: string): Promise<{ answer: Answer; ms: number }> {
  const headers = { 'x-api-key': MASTER_KEY, 'idempotency-key': randomUUID() };
  const started = performance.now();
  const body = purchaseBody([{ productId, quantity: 1 }]);
  const answer = await clients.send('POST', '/api/v1/purchases', headers, body);
  return { answer, ms: performance.now() - started };
}

const buyUnseen = () => buy(String((unseen += 1)));

async function readiness(): Promise<unknown> {
  const { status, json } = await clients.send('GET', '/health/ready', {});
  return { status, products: json.checks.products };
}

/** Counts the calls that Products gets from now on, and how many of them may be probes. */
function countCalls(): () => { calls: number; probes: number } {
  const before = shop.products.calls.length;
  const started = performance.now();
  return () => ({
    calls: shop.products.calls.length - before,
    probes: Math.ceil((performance.now() - started) / 500) + 2,
  });
}

function expectUnavailable({ answer }: { answer: Answer }): void {
  expect({ status: answer.status, codes: answer.codes }).toEqual({
    status: 503,
    codes: ['catalogue-unavailable'],
  });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
}

const slowest = (bought: readonly { ms: number }[]) => Math.max(...bought.map(({ ms }) => ms));

const rubbish: readonly [string, Mood][] = [
  ['cuts every connection', 'down'],
  ['cuts connections in the middle of an answer', 'halfway'],
  ['never answers', 'hanging'],
  ['answers after the time budget', { delayMs: BUDGET_MS * 3 }],
  ['answers 500', { status: 500 }],
  ['answers 503', { status: 503 }],
  ['answers 429', { status: 429 }],
  ['refuses the key', { status: 401 }],
  ['answers no JSON', { status: 200, body: '<html>It works!</html>' }],
  ['answers JSON of another shape', { status: 200, body: '{"data":[{"id":1}]}' }],
  ['answers without end', 'huge'],
];

describe.each(rubbish)('while Products %s', (_name, mood) => {
  test('cached products sell, other requests are refused quickly, Products gets few requests, and everything recovers by itself', async () => {
    shop.products.mood = mood;
    const countAll = countCalls();

    // Before the circuit opens everybody is answered within the time budget, and cached products
    // are sold.
    const first = await Promise.all([buy(SEEN), ...Array.from({ length: 40 }, buyUnseen)]);
    expect(first[0]?.answer.status).toBe(201);
    for (const one of first.slice(1)) expectUnavailable(one);
    expect(slowest(first)).toBeLessThan(BUDGET_MS + SLACK_MS);

    // Then the circuit is open, at the latest after a few more failures.
    for (let round = 0; round < 2; round += 1) expectUnavailable(await buyUnseen());
    expect(await readiness()).toEqual({ status: 200, products: 'degraded' });

    const countLater = countCalls();
    const later = await Promise.all(Array.from({ length: AT_ONCE }, buyUnseen));
    for (const one of later) expectUnavailable(one);
    for (let index = 0; index < ALONE; index += 1) {
      const alone = await Promise.all([buyUnseen(), buy(SEEN), buy(SEEN_TOO)]);
      expectUnavailable(alone[0]);
      expect(alone.slice(1).map(({ answer }) => answer.status)).toEqual([201, 201]);
      expect(slowest(alone)).toBeLessThan(SLACK_MS);
    }

    // Products got a call or so for each of the first requests, and for few of the later ones.
    const ofAll = countAll();
    expect(ofAll.calls).toBeLessThanOrEqual(50 + ofAll.probes);
    const ofLater = countLater();
    expect(ofLater.calls).toBeLessThanOrEqual(0.1 * (AT_ONCE + ALONE) + ofLater.probes);

    shop.products.put(90);
    await shop.mend();
    expect(await readiness()).toEqual({ status: 200, products: 'ok' });
    expect((await buy('90')).answer.codes).toEqual(['insufficient-stock']);

    const audit = await shop.ask('GET', '/api/v1/audit');
    expect(audit.json).toMatchObject({ data: { attributes: { clean: true } } });
  });
});

test('after the first lookup that used up its time nobody waits for Products any more', async () => {
  shop.products.mood = 'hanging';
  const first = buyUnseen();
  await new Promise((resolve) => setTimeout(resolve, BUDGET_MS / 2));
  // These would wait for half a time budget longer if the first failure did not end them.
  const behind = [buyUnseen(), buy(SEEN)];
  expectUnavailable(await first);
  const answers = await Promise.all(behind);
  expect(answers.map(({ answer }) => answer.status)).toEqual([503, 201]);
  expect(slowest(answers)).toBeLessThan(BUDGET_MS / 2 + SLACK_MS);
  const cachedPurchases = await Promise.all(Array.from({ length: 50 }, () => buy(SEEN_TOO)));
  expect(new Set(cachedPurchases.map(({ answer }) => answer.status))).toEqual(new Set([201]));
  expect(slowest(cachedPurchases)).toBeLessThan(SLACK_MS);
});

test('one probe at a time finds out that Products recovered, without any request', async () => {
  shop.products.mood = { delayMs: BUDGET_MS * 3 };
  expectUnavailable(await buyUnseen());
  const before = shop.products.calls.length;
  const probes = () => shop.products.calls.slice(before);
  const started = performance.now();
  await vi.waitFor(() => expect(probes().length).toBeGreaterThanOrEqual(3), 30_000);
  // Each probe lasts a time budget, and the next begins after it.
  expect(performance.now() - started).toBeGreaterThan(2 * BUDGET_MS);
  expect(new Set(probes().map((ids) => ids.length))).toEqual(new Set([1]));
});

test('while every twentieth call gets a 500, nobody notices and few calls are made twice', async () => {
  const { products } = shop;
  const statuses: number[] = [];
  const before = products.calls.length;
  for (let index = 0; index < 100; index += 1) {
    if (index % 20 === 0) products.mood = { failures: 1 };
    const { answer } = await buyUnseen();
    statuses.push(answer.status);
  }
  // A 404 here proves that Products answered: these products don't exist.
  expect(new Set(statuses)).toEqual(new Set([404]));
  expect(products.calls.length - before).toBeLessThanOrEqual(100 * 1.1);
}, 30_000);
