import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectClients, type Clients } from '../support/clients.ts';
import { expectJsonApi } from '../support/json-api-rules.ts';
import { openShop, purchaseBody, type Answer, type Shop } from '../support/shop.ts';

const URL_OF_PURCHASES = '/api/v1/purchases';
const MAX_TRIES = 10;

let shop: Shop;
let clients: Clients;

beforeAll(async () => {
  shop = await openShop();
  clients = connectClients(await shop.service.listen(), 200);
});
afterAll(async () => {
  clients.close();
  await shop.close();
});

/** Buys, and comes again when the queue is too long for a busy machine, as the answer says. */
async function buy(productId: string, key: string = randomUUID()): Promise<Answer> {
  const body = purchaseBody([{ productId, quantity: 1 }]);
  const headers = { 'x-api-key': 'buyer', 'idempotency-key': key };
  for (let tries = 1; ; tries += 1) {
    const answer = await clients.send('POST', URL_OF_PURCHASES, headers, body);
    expectJsonApi(answer, { url: URL_OF_PURCHASES, body });
    if (!answer.codes.includes('overloaded') || tries === MAX_TRIES) return answer;
    await sleep(Number(answer.headers['retry-after']) * 1_000);
  }
}

async function expectSold(productId: string, remaining: number): Promise<void> {
  const { json } = await shop.ask('GET', `/api/v1/inventories/${productId}`);
  expect(json.data.attributes).toMatchObject({ onHand: remaining, available: remaining });
  const audit = await shop.ask('GET', '/api/v1/audit');
  expect(audit.json.data.attributes).toMatchObject({ clean: true });
}

function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, codes } of answers) {
    const name = [status, ...codes].join(' ');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test('of 2,000 simultaneous buyers, 200 get the 200 units and 1,800 get insufficient-stock', async () => {
  await shop.stock(1, 200);
  const answers = await Promise.all(Array.from({ length: 2_000 }, () => buy('1')));
  expect(tally(answers)).toEqual({ '201': 200, '409 insufficient-stock': 1_800 });
  const sold = answers.filter(({ status }) => status === 201);
  expect(new Set(sold.map(({ json }) => json.data.id))).toHaveProperty('size', 200);
  const remaining = sold.map(({ json }) => json.data.attributes.lines[0].available);
  expect(remaining.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index));
  await expectSold('1', 0);
});

test('of 100 keys sent 20 times each at once, 100 purchases are made and every copy gets the same body', async () => {
  await shop.stock(2, 1_000);
  const keys = Array.from({ length: 100 }, () => randomUUID());
  const copies = Array.from({ length: 20 }, () => keys).flat();
  const answers = await Promise.all(copies.map((key) => buy('2', key)));
  expect(tally(answers)).toEqual({ '201': 2_000 });
  expect(new Set(answers.map(({ text }) => text))).toHaveProperty('size', 100);
  for (const key of keys) {
    const own = answers.filter((_, index) => copies[index] === key);
    expect(new Set(own.map(({ text }) => text))).toHaveProperty('size', 1);
    expect(own.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(
      1,
    );
  }
  await expectSold('2', 900);
});

test('a caller who hangs up does not cancel a queued purchase; a retry gets its outcome', async () => {
  await shop.stock(3, 10);
  const key = randomUUID();
  const headers = { 'x-api-key': 'buyer', 'idempotency-key': key };
  const body = purchaseBody([{ productId: '3', quantity: 1 }]);
  const letGo = await shop.holdWrites();
  const impatient = connectClients(shop.service.app.listeningOrigin, 1);
  const [lost] = await Promise.all([
    impatient.send('POST', URL_OF_PURCHASES, headers, body).catch(() => 'hung up'),
    once(shop.service.app.server, 'request').then(async () => {
      await setImmediate();
      impatient.close();
    }),
  ]);
  await letGo();
  expect(lost).toBe('hung up');
  await vi.waitFor(() => expectSold('3', 9), { timeout: 30_000, interval: 20 });
  expect(await buy('3', key)).toMatchObject({
    status: 201,
    headers: { 'idempotency-replayed': 'true' },
  });
  await expectSold('3', 9);
});
