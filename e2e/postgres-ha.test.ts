import { setTimeout as delay } from 'node:timers/promises';
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFailed,
  onTestFinished,
  test,
} from 'vitest';
import { startCluster, type Cluster } from './postgres-ha/cluster.ts';
import { FAULTS, type Fault } from './postgres-ha/faults.ts';
import { findWrongs, NOTHING_WRONG, type Findings } from './postgres-ha/findings.ts';
import { programs } from './postgres-ha/programs.ts';
import { startReplicatedShop, type ReplicatedShop } from './postgres-ha/replicated-shop.ts';
import { startSellers } from './postgres-ha/sellers.ts';
import { startWitness } from './postgres-ha/witness.ts';
import { resourceIn } from './stocked-shop.ts';

// Three Inventories sell while a PostgreSQL of three machines loses one, in every way. Two of them
// know the addresses of all machines, one goes through HAProxy.

/** Every fault, and its promise of time; otherwise the first alone, however long that takes. */
const isWhole = process.env['ANAQUEL_HA_FAULTS'] === 'all';
const faults = isWhole ? FAULTS : FAULTS.slice(0, 1);

const PRODUCTS = 5;

describe.skipIf(programs === null)('on PostgreSQL of three machines', () => {
  let cluster: Cluster;
  let shop: ReplicatedShop;

  beforeAll(async () => {
    if (programs === null) return;
    console.log(programs.versions);
    cluster = await startCluster(programs);
    await cluster.createDatabase('inventory');
    const direct = cluster.url('inventory');
    shop = await startReplicatedShop([direct, direct, cluster.haproxyUrl('inventory')], PRODUCTS);
  });
  afterAll(async () => {
    await shop?.remove();
    await cluster?.stop();
  });

  beforeEach(() => {
    onTestFailed(() => console.log(cluster?.latestLogs()));
  });

  /** Sells before, during and after a fault, and looks for what is wrong then. */
  async function sellThrough({ name, happen }: Pick<Fault, 'name' | 'happen'>) {
    const roles = await cluster.whole();
    const { id: start } = resourceIn(await shop.call(0, { path: '/api/v1/audit' }));
    const witness = startWitness(shop, Number(start));
    const sellers = startSellers(shop, PRODUCTS);
    // The next fault is not to find these at work when this one fails.
    onTestFinished(async () => {
      await Promise.allSettled([sellers.goHome(), witness.stop()]);
    });
    await sellers.sell(100);
    sellers.mark();
    await happen({ cluster, roles, sold: () => sellers.sell(20), mark: sellers.mark });
    await cluster.whole();
    await sellers.sell(100);
    const pauseMs = sellers.longestPauseMs();
    await sellers.goHome();
    const findings = await findWrongs(shop, sellers, witness, Number(start));
    console.log(rowOf(name, pauseMs, sellers.sales.length, findings));
    return { pauseMs, findings };
  }

  test.each(faults)('$name: no sale is lost, doubled or shown too early', async (fault) => {
    const { pauseMs, findings } = await sellThrough(fault);
    expect(findings).toEqual(NOTHING_WRONG);
    if (isWhole) expect(pauseMs).toBeLessThan(fault.longestPauseMs);
  });

  test.each(isWhole ? [0] : [])('without synchronous_mode, what is lost is found', async () => {
    await cluster.configure({ synchronous_mode: false });
    const { findings } = await sellThrough({
      name: 'wrong: synchronous_mode is false, and the standbys stand still for 2 s before',
      async happen({ roles, sold }) {
        const standbys = [roles.synchronous, roles.other];
        for (const standby of standbys) await cluster.pause(standby, 'postgres');
        await delay(2_000);
        await cluster.kill(roles.leader, 'all');
        for (const standby of standbys) await cluster.resume(standby, 'postgres');
        await sold();
        cluster.start(roles.leader, 'all');
      },
    });
    expect(findings.lost).toBeGreaterThan(0);
  });
});

function rowOf(name: string, pauseMs: number, sold: number, findings: Findings): string {
  const wrongs = Object.entries(findings).map(([what, count]) => `${what} ${count}`);
  return `| ${[name, `${(pauseMs / 1_000).toFixed(1)} s`, sold, ...wrongs].join(' | ')} |`;
}
