import { setTimeout as delay } from 'node:timers/promises';
import { hasPostgres } from '@anaquel/runtime/postgres-server';
import { isSoak, times } from '@anaquel/runtime/soak-counts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  startSellingShop,
  type Delivery,
  type Sales,
  type SellingShop,
} from './brokers/selling-shop.ts';
import { rabbitmq, redis, type WatchedBroker } from './brokers/watched-brokers.ts';

// Two Inventories that share a database sell 500 purchases a second, or as many as the machine
// makes, while their broker fails, or the one of them that publishes stands still. Each row that is
// printed says how many it sold a second, how long nothing was published, and what came twice.

/** Before, during and after a fault. */
const SOLD = times({ test: 200, soak: 2_000 });
const rounds = Array.from({ length: times({ test: 1, soak: 4 }) }, (_, index) => [index + 1]);
/** Longer than a broker may say nothing, and than a lease lasts. */
const STANDSTILL_MS = 6_000;
const standstillsMs = isSoak ? [STANDSTILL_MS] : [];

for (const kind of isSoak ? [redis, rabbitmq] : [redis]) {
  const { name, isInstalled, start, wants, mostRepeats } = kind;
  describe.skipIf(!hasPostgres || !isInstalled)(`a shop that publishes to ${name}`, () => {
    let broker: WatchedBroker;
    let shop: SellingShop;

    beforeAll(async () => {
      broker = await start();
      shop = await startSellingShop({ ...broker, wants });
    });
    afterAll(async () => {
      await shop?.remove();
      await broker?.server.stop();
    });

    /** Sells before, during and after something that happens. */
    async function sellThrough(
      what: string,
      replicas: readonly number[],
      happen: (sales: Sales) => Promise<void>,
    ): Promise<Delivery> {
      const sales = shop.startSales(...replicas);
      onTestFinished(() => void sales.goHome().catch(() => {}));
      await sales.sell(SOLD);
      await happen(sales);
      await sales.sell(SOLD);
      const { perSecond, longestWaitSeconds } = await sales.goHome();
      const { repeats, failures } = await shop.untilArrived();
      const waited = longestWaitSeconds.toFixed(1);
      console.log(`| ${name}: ${what} | ${perSecond} | ${waited} s | ${repeats} |`);
      return { repeats, failures };
    }

    test.each(standstillsMs)('has each event after it stood still for %i ms', async (ms) => {
      const { repeats, failures } = await sellThrough('it stands still', [0, 1], async () => {
        process.kill(broker.server.pid(), 'SIGSTOP');
        await delay(ms);
        process.kill(broker.server.pid(), 'SIGCONT');
      });
      expect(repeats).toBeLessThanOrEqual(mostRepeats * Math.max(1, failures));
    });

    test.each(rounds)(
      'has each event after a relay slept and woke up, round %i',
      async (_round) => {
        const awake = 1 - shop.publishing();
        onTestFinished(() => shop.resume());
        const { repeats, failures } = await sellThrough(
          'a relay sleeps',
          [awake],
          async (sales) => {
            const startMs = performance.now();
            await shop.pausePublishing(sales);
            if (isSoak) await delay(Math.max(0, startMs + STANDSTILL_MS - performance.now()));
            shop.resume();
          },
        );
        // The other one begins at the cursor that was saved.
        expect(repeats).toBeLessThanOrEqual(mostRepeats * (1 + failures));
      },
    );

    // The last one: RabbitMQ 3.10 may lose a queue that was declared some seconds before.
    test.each(rounds)('has each event, in order, after kill -9 of it, round %i', async (_round) => {
      const { repeats, failures } = await sellThrough('kill -9', [0, 1], async (sales) => {
        await broker.server.kill();
        await sales.sell(SOLD);
        await broker.server.restart();
      });
      expect(repeats).toBeLessThanOrEqual(mostRepeats * Math.max(1, failures));
    });

    test.each(['purchase.completed'].filter((type) => !wants(type)))(
      'no queue of it wants %s, and the log says so',
      (type) => {
        const logs = [0, 1].map(shop.log).join('');
        expect(logs).toContain('no queue of the broker takes these events');
        expect(logs).toContain(`"type":"${type}","count":100`);
      },
    );
  });
}
