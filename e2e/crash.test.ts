import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectBooksAsAnswered, sendBuyers } from './buyers.ts';
import type { Call } from './http-caller.ts';
import type { Services, Start } from './services.ts';
import { times, withinMs } from '@anaquel/runtime/soak-counts';
import { auditClean, onHandOf, openStockedShop, purchaseCall, resourceIn } from './stocked-shop.ts';

// Inventory is killed again and again. Every answered change survives, and every repeated one
// happens once.

let shop: Services;
/** Milliseconds from the start of each process to its first answer. */
let startsMs: number[] = [];

afterEach(async () => {
  startsMs = [];
  await shop?.remove();
});

async function restart(how?: Start): Promise<void> {
  const startedAt = performance.now();
  await shop.start('inventory', how);
  startsMs.push(performance.now() - startedAt);
}

/** The median: the slowest starts depend on the machine's other work. */
function typicalStartMs(): number {
  return startsMs.toSorted((a, b) => a - b)[Math.floor(startsMs.length / 2)] ?? 0;
}

const kills = times({ test: 3, soak: 200 });

test(`kill -9 under load, ${kills} times: every answer holds, nothing is sold twice, and the service is soon ready again`, async () => {
  // The last two products sell out soon.
  const stocked = [1_000_000, 1_000_000, 1_000_000, 300, 30];
  shop = await openStockedShop(stocked);
  const buyers = sendBuyers(shop, stocked.length);
  for (let kill = 1; kill <= kills; kill += 1) {
    await delay(randomInt(20, 350));
    await shop.stop('inventory', 'SIGKILL');
    await restart();
    // On a slow machine a service that lives so shortly answers nobody.
    if (kill % 10 === 0) await buyers.served();
  }
  await buyers.goHome();
  const retried = [...buyers.answered.values()].filter(({ attempts }) => attempts > 1);
  const replayed = retried.filter(({ answer }) => answer.headers['idempotency-replayed']);
  console.log(
    `${kills} kills: ${buyers.answered.size} purchases, ${retried.length} sent again, of which ${replayed.length} had happened; ready again in ${Math.round(typicalStartMs())} ms, at most ${Math.round(Math.max(...startsMs))} ms`,
  );
  expect(retried.length).toBeGreaterThan(kills);
  await expectBooksAsAnswered(shop, buyers, stocked);
  expect(typicalStartMs()).toBeLessThan(withinMs(2_000));
});

describe('after a kill at a step of the commit, a retried purchase has happened once:', () => {
  const preload = join(import.meta.dirname, 'preloads', 'crash-at.ts');
  let folder: string;
  let crashFile: string;
  let how: Start;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'anaquel-crash-'));
    crashFile = join(folder, 'crash-at');
    how = { env: { NODE_OPTIONS: `--import=${preload}`, CRASH_FILE: crashFile } };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const lines = [
    { productId: '1', quantity: 2 },
    { productId: '2', quantity: 3 },
  ];
  const steps = [
    { step: 'before BEGIN', isDurable: false },
    { step: 'after BEGIN', isDurable: false },
    { step: 'between the rows', isDurable: false },
    { step: 'before COMMIT', isDurable: false },
    { step: 'after COMMIT', isDurable: true },
    { step: 'before the outcome is told', isDurable: true },
    { step: 'before the answer', isDurable: true },
  ];
  const rounds = times({ test: 1, soak: 10 });

  test(steps.map(({ step }) => step).join(', '), async () => {
    shop = await openStockedShop([10_000, 10_000]);
    await shop.stop('inventory');
    await restart(how);
    let sold = 0;
    for (let round = 1; round <= rounds; round += 1) {
      for (const { step, isDurable } of steps) {
        const call = purchaseCall(lines, `${step} ${round}`.replaceAll(' ', '-'));
        writeFileSync(crashFile, step);
        const lost = shop.call('inventory', call).then(
          ({ status }) => status,
          () => 'no answer',
        );
        await shop.ended('inventory');
        expect({ step, lost: await lost }).toEqual({ step, lost: 'no answer' });
        await restart(how);
        expect({ step, sold: await auditClean(shop) }).toEqual({
          step,
          sold: sold + Number(isDurable),
        });
        const retry = await shop.call('inventory', call);
        const replayed = retry.headers['idempotency-replayed'];
        expect({ step, replayed }).toEqual({ step, replayed: isDurable ? 'true' : undefined });
        sold += 1;
        expect(resourceIn(retry).attributes['total']).toBe(7.5);
        expect(await auditClean(shop)).toBe(sold);
        expect(await onHandOf(shop, '1')).toBe(10_000 - 2 * sold);
        expect(await onHandOf(shop, '2')).toBe(10_000 - 3 * sold);
      }
    }
    expect(typicalStartMs()).toBeLessThan(withinMs(2_000));
  });
});

describe('an I/O error at COMMIT, which leaves the outcome unknown,', () => {
  const preload = join(import.meta.dirname, 'preloads', 'io-error-at-commit.ts');
  const jsonApi = { 'content-type': 'application/vnd.api+json' };

  function productCall(sku: string): Call {
    const attributes = { name: 'Product', price: 1.5, sku };
    const body = { data: { type: 'products', attributes } };
    return { method: 'POST', path: '/api/v1/products', headers: jsonApi, body };
  }

  test('ends the service without any answer, and the next start has the outcome', async () => {
    shop = await openStockedShop([10_000]);
    const faultFile = join(shop.dataFolder, 'fault');
    const how = { env: { NODE_OPTIONS: `--import=${preload}`, FAULT_FILE: faultFile } };
    const calls = {
      products: (name: string) => productCall(name),
      inventory: (name: string) => purchaseCall([{ productId: '1', quantity: 1 }], name),
    };
    for (const service of ['products', 'inventory'] as const) {
      await shop.stop(service);
      await shop.start(service, how);
      for (const outcome of ['kept', 'lost']) {
        writeFileSync(faultFile, outcome);
        const ended = shop.ended(service);
        const names = ['one', 'two', 'three'].map((name) => `${outcome}-${name}`);
        const calling = names.map((name) =>
          shop.call(service, calls[service](name)).then(
            ({ status }) => status,
            () => 'no answer',
          ),
        );
        await ended;
        const answers = await Promise.all(calling);
        // One that waited for the commit in doubt may have been refused before the process ended.
        for (const answer of answers) expect(['no answer', 503]).toContain(answer);
        expect(answers).toContain('no answer');
        expect(shop.log(service)).toContain('The outcome of a commit is unknown');
        await shop.start(service, how);
        const isThere: boolean[] = [];
        for (const name of names) {
          const again = await shop.call(service, calls[service](name));
          isThere.push(again.status === 409 || again.headers['idempotency-replayed'] === 'true');
        }
        // Whichever came first was in that commit.
        expect({ service, outcome, kept: isThere.includes(true) }).toEqual({
          service,
          outcome,
          kept: outcome === 'kept',
        });
        const refused = isThere.filter((_, place) => answers[place] === 503);
        expect(refused).not.toContain(true);
      }
    }
  });
});
