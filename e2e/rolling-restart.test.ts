import { randomInt, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Services } from './services.ts';
import { times } from '@anaquel/runtime/soak-counts';
import {
  allPurchases,
  auditClean,
  onHandOf,
  openStockedShop,
  purchaseCall,
} from './stocked-shop.ts';

// Inventory is restarted while customers buy: every accepted request is answered.

let shop: Services;

afterEach(() => shop?.remove());

type SendResult =
  | { readonly status: number; readonly isReplay: boolean }
  /**
   * A request on a connection that was used before must be answered; one on a new connection may be
   * refused.
   */
  | { readonly failed: string; readonly wasServedBefore: boolean };

function send(
  agent: Agent,
  call: { method: string; path: string; headers: object; body?: object },
) {
  const { method, path, headers, body } = call;
  const { hostname, port } = new URL(shop.origins.inventory);
  const payload = body === undefined ? '' : JSON.stringify(body);
  return new Promise<SendResult>((resolve) => {
    const outgoing = request({
      agent,
      hostname,
      port,
      method,
      path,
      headers: {
        ...headers,
        'x-api-key': shop.keys.inventory,
        'content-length': Buffer.byteLength(payload),
      },
      signal: AbortSignal.timeout(60_000),
    });
    const fail = ({ message }: Error): void =>
      resolve({ failed: message, wasServedBefore: outgoing.reusedSocket });
    outgoing.once('error', fail);
    outgoing.once('response', (response) => {
      const { statusCode = 0, headers: answered } = response;
      const isReplay = answered['idempotency-replayed'] === 'true';
      response.once('error', fail);
      response.once('end', () => resolve({ status: statusCode, isReplay }));
      response.resume();
    });
    outgoing.end(payload);
  });
}

/** Every answer that a customer should not have got. */
interface Report {
  bought: number;
  readonly dropped: string[];
  readonly notAccepted: string[];
}

/** Buys and reads in turn, on one connection while it is kept, or on a new one each time. */
async function customer(report: Report, keepAlive: boolean, isOver: () => boolean): Promise<void> {
  const agent = new Agent({ keepAlive, maxSockets: 1 });
  const look = { method: 'GET', path: '/api/v1/inventories/1', headers: {} };
  while (!isOver()) {
    const buy = purchaseCall([{ productId: '1', quantity: 1 }], randomUUID());
    await untilAnswered(buy, 201);
    report.bought += 1;
    await untilAnswered(look, 200);
    await delay(randomInt(3));
  }
  agent.destroy();

  async function untilAnswered(call: Parameters<typeof send>[1], expected: number): Promise<void> {
    for (let attempt = 1; attempt <= 500; attempt += 1) {
      const result = await send(agent, call);
      if ('status' in result) {
        expect(result.status).toBe(expected);
        // A purchase was made, and its answer never came.
        if (result.isReplay) report.dropped.push('carried out, but not answered');
        return;
      }
      if (result.wasServedBefore) report.dropped.push(result.failed);
      else report.notAccepted.push(result.failed);
      await delay(randomInt(20, 50));
    }
    throw new Error('Inventory never came back');
  }
}

const restarts = times({ test: 3, soak: 20 });

test(`restarted by SIGTERM under load, ${restarts} times: every accepted request is answered, and each process ends cleanly`, async () => {
  const stocked = 10_000_000;
  shop = await openStockedShop([stocked]);
  const report: Report = { bought: 0, dropped: [], notAccepted: [] };
  let isOver = false;
  const customers = Promise.all(
    Array.from({ length: 32 }, (_, index) => customer(report, index % 4 !== 0, () => isOver)),
  );
  customers.catch(() => undefined);
  let slowestStopMs = 0;
  for (let restart = 1; restart <= restarts; restart += 1) {
    await delay(randomInt(200, 500));
    const askedAt = performance.now();
    expect(await shop.stop('inventory')).toBe(0);
    slowestStopMs = Math.max(slowestStopMs, performance.now() - askedAt);
    await shop.start('inventory');
  }
  await delay(200);
  isOver = true;
  await customers;
  const reasons = Object.groupBy(report.notAccepted, (reason) => reason.replace(/ [\d.:]+$/, ''));
  const counts = Object.entries(reasons).map(([reason, those]) => `${those?.length} × ${reason}`);
  console.log(
    `${restarts} restarts: ${report.bought} purchases, not accepted: ${counts.join(', ')}; stopped in at most ${Math.round(slowestStopMs)} ms`,
  );
  expect(report.dropped).toEqual([]);
  expect(await auditClean(shop)).toBe(report.bought);
  expect(await allPurchases(shop)).toHaveLength(report.bought);
  expect(await onHandOf(shop, '1')).toBe(stocked - report.bought);
});
