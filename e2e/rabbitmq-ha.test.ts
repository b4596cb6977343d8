import { setTimeout as delay } from 'node:timers/promises';
import { hasRabbitmq, type RabbitmqServer } from '@anaquel/events/rabbitmq-server';
import { hasPostgres } from '@anaquel/runtime/postgres-server';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startRabbitmqCluster, type RabbitmqCluster } from './brokers/rabbitmq-cluster.ts';
import { startSellingShop, type Sales, type SellingShop } from './brokers/selling-shop.ts';
import { isQueued, SLICE } from './brokers/watched-brokers.ts';

// Two Inventories sell while a RabbitMQ of three nodes loses one.

/** Every fault; otherwise the first alone. */
const isWhole = process.env['ANAQUEL_HA_FAULTS'] === 'all';
/** Before, during and after a fault. */
const SOLD = 1_000;
const STANDSTILL_MS = 20_000;

interface Meeting {
  readonly node: RabbitmqServer;
  readonly sales: Sales;
}

interface Fault {
  readonly name: string;
  happen(meeting: Meeting): Promise<void>;
}

const kill: Fault = {
  name: 'kill -9',
  async happen({ node, sales }) {
    await node.kill();
    await sales.sell(SOLD);
    await node.restart();
  },
};
const standStill: Fault = {
  name: `a standstill of ${STANDSTILL_MS / 1_000} s`,
  async happen({ node }) {
    process.kill(node.pid(), 'SIGSTOP');
    await delay(STANDSTILL_MS);
    process.kill(node.pid(), 'SIGCONT');
  },
};
const roles = ['leader', 'entrance'] as const;
const faults = [kill, standStill].flatMap((fault) => roles.map((role) => ({ ...fault, role })));

describe.skipIf(!hasRabbitmq || !hasPostgres)(
  'a shop that publishes to a RabbitMQ of three nodes',
  () => {
    let cluster: RabbitmqCluster;
    let shop: SellingShop;

    beforeAll(async () => {
      cluster = await startRabbitmqCluster();
      shop = await startSellingShop({ ...cluster, wants: isQueued });
    });
    afterAll(async () => {
      await shop?.remove();
      await cluster?.stop();
    });

    test.each(isWhole ? faults : faults.slice(0, 1))(
      'has each event in its queue, in order, after $name of the $role',
      async ({ name, role, happen }) => {
        const before = await cluster.whole();
        // Each is met alone.
        if (before.leader === before.entrance) await cluster.moveLeader(before.leader);
        const { [role]: node } = await cluster.whole();
        const sales = shop.startSales(0, 1);
        onTestFinished(() => void sales.goHome().catch(() => {}));
        await sales.sell(SOLD);
        await happen({ node, sales });
        await sales.sell(SOLD);
        const { perSecond, longestWaitSeconds } = await sales.goHome();
        await cluster.whole();
        const { repeats, failures } = await shop.untilArrived();
        const waited = longestWaitSeconds.toFixed(1);
        console.log(`| ${name} of the ${role} | ${perSecond} | ${waited} s | ${repeats} |`);
        expect(repeats).toBeLessThanOrEqual(SLICE * Math.max(1, failures));
      },
    );
  },
);
