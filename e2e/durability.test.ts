import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Services } from './services.ts';
import { times } from '@anaquel/runtime/soak-counts';
import {
  allPurchases,
  auditClean,
  onHandOf,
  openStockedShop,
  purchaseCall,
} from './stocked-shop.ts';

// Every answered change is on the disk.

let shop: Services;

const one = [{ productId: '1', quantity: 1 }];

/** Sends a purchase and hangs up before it can be answered. */
async function buyAndHangUp(key: string): Promise<void> {
  const { method, path, headers, body } = purchaseCall(one, key);
  const { hostname, port } = new URL(shop.origins.inventory);
  const payload = JSON.stringify(body);
  const head = Object.entries({
    ...headers,
    host: hostname,
    'x-api-key': shop.keys.inventory,
    'content-length': Buffer.byteLength(payload),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      const request = `${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${payload}`;
      socket.write(request, () => {
        socket.destroy();
        resolve();
      });
    });
    socket.once('error', reject);
  });
}

async function untilSold(count: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await allPurchases(shop)).length < count) {
    if (Date.now() > deadline) throw new Error('What was sent was never carried out');
    await delay(20);
  }
}

test("a retry gets the lost answer, with Products dead and Inventory's cache empty", async () => {
  shop = await openStockedShop([1_000]);
  onTestFinished(() => shop.remove());
  const rounds = times({ test: 2, soak: 20 });
  for (let round = 1; round <= rounds; round += 1) {
    if (round > 1) {
      // A new Inventory asks Products at once; in the old one the circuit may be open.
      await shop.stop('inventory');
      await shop.start('inventory');
    }
    await buyAndHangUp(`lost-${round}`);
    await untilSold(round);
    await shop.stop('products', 'SIGKILL');
    await shop.stop('inventory', round % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
    await shop.start('inventory');
    const latestPurchase = (await allPurchases(shop)).sort((a, b) => (a.id < b.id ? 1 : -1))[0];

    const retry = await shop.call('inventory', purchaseCall(one, `lost-${round}`));
    expect(retry.status, `answered ${retry.text}`).toBe(201);
    expect(retry.headers['idempotency-replayed']).toBe('true');
    expect(retry.body).toMatchObject({ data: latestPurchase });
    const other = await shop.call('inventory', purchaseCall(one, `new-${round}`));
    expect(other.body).toMatchObject({
      errors: [{ status: '503', code: 'catalogue-unavailable' }],
    });

    expect(await onHandOf(shop, '1')).toBe(1_000 - round);
    expect(await auditClean(shop)).toBe(round);
    await shop.start('products');
  }
});

const trace = ['-f', '-ttt', '--seccomp-bpf', '-e', 'trace=fsync,fdatasync'];
const canTrace = spawnSync('strace', [...trace, '-o', '/dev/null', 'true']).status === 0;
if (!canTrace)
  console.warn(
    'NOT TESTED: whether commits reach the disk. It takes strace, on Linux: apt-get install strace',
  );

describe.skipIf(!canTrace)('seen from the system calls of the running service', () => {
  const purchases = times({ test: 60, soak: 1_000 });

  beforeAll(async () => {
    shop = await openStockedShop([1_000_000]);
  });
  afterAll(() => shop?.remove());

  /** The number of syncs to the disk during this many purchases, one after the other. */
  async function syncsOfPurchases(env: Readonly<Record<string, string>> = {}): Promise<number> {
    await shop.stop('inventory');
    const file = join(shop.dataFolder, 'trace');
    // With -D the service is the child process, and the tracer runs beside it.
    const command = ['strace', '-D', ...trace, '-o', file];
    const launcher = ['sh', '-c', 'echo $$ > "$0"; exec "$@"', `${file}.pid`, ...command];
    await shop.start('inventory', { env, launcher });
    const begunAt = Date.now() / 1_000;
    for (let count = 1; count <= purchases; count += 1) {
      const answer = await shop.call('inventory', purchaseCall(one, randomUUID()));
      expect(answer.status, `answered ${answer.text}`).toBe(201);
    }
    const endedAt = Date.now() / 1_000;
    expect(await shop.stop('inventory')).toBe(0);
    return syncsIn(file, begunAt, endedAt);
  }

  /** The syncs that began between two times, in seconds. */
  async function syncsIn(file: string, from: number, to: number): Promise<number> {
    // The tracer writes at its own pace; the end of the service comes last.
    const pid = readFileSync(`${file}.pid`, 'utf8').trim();
    const text = await vi.waitFor(() => {
      const written = readFileSync(file, 'utf8');
      expect(written).toMatch(new RegExp(`^${pid} .*\\+\\+\\+ exited`, 'm'));
      return written;
    }, 60_000);
    return text.split('\n').filter((line) => {
      const [, time] = /^\d+ +([\d.]+) (?:fsync|fdatasync)\(/.exec(line) ?? [];
      return Number(time) >= from && Number(time) <= to;
    }).length;
  }

  test(`each of ${purchases} purchases is synced to the disk before its answer`, async () => {
    expect(await syncsOfPurchases()).toBeGreaterThanOrEqual(purchases);
  });

  test('the count detects a missing sync: with synchronous=NORMAL it is lower than the purchases', async () => {
    const preload = join(import.meta.dirname, 'preloads', 'synchronous-normal.ts');
    expect(await syncsOfPurchases({ NODE_OPTIONS: `--import=${preload}` })).toBeLessThan(purchases);
  });
});
