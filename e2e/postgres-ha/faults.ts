import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, Roles } from './cluster.ts';

/** What a fault has to do with. */
export interface Scene {
  readonly cluster: Cluster;
  readonly roles: Roles;
  /** Resolves when purchases are answered again. */
  sold(): Promise<void>;
  /** Says that the time without sales counts from now on, not from the beginning. */
  mark(): void;
}

export interface Fault {
  readonly name: string;
  /** The longest time without an answered purchase. */
  readonly longestPauseMs: number;
  /** Does it, and sees to it that every machine comes back. */
  happen(scene: Scene): Promise<void>;
}

/** What Patroni needs to replace a leader, and more. */
const FAILOVER_MS = 20_000;
/** Longer than a leader's lock lasts. */
const STANDSTILL_MS = 16_000;
const ETCD_AWAY_MS = 20_000;
/** Time in which a service that waits for no standby connects, and reads what none has. */
const READ_MS = 1_000;

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill -9 of the leader machine',
    longestPauseMs: FAILOVER_MS,
    async happen({ cluster, roles, sold }) {
      await cluster.kill(roles.leader, 'all');
      await sold();
      cluster.start(roles.leader, 'all');
    },
  },
  {
    name: 'kill -9 of the postmaster',
    longestPauseMs: FAILOVER_MS,
    async happen({ cluster, roles, sold }) {
      cluster.killPostmaster(roles.leader);
      await sold();
    },
  },
  {
    name: `the leader machine stands still for ${STANDSTILL_MS / 1_000} s`,
    longestPauseMs: FAILOVER_MS,
    async happen({ cluster, roles, sold }) {
      await cluster.pause(roles.leader, 'all');
      await delay(STANDSTILL_MS);
      await cluster.resume(roles.leader, 'all');
      await sold();
    },
  },
  {
    name: `PostgreSQL alone stands still there for ${STANDSTILL_MS / 1_000} s`,
    longestPauseMs: FAILOVER_MS,
    async happen({ cluster, roles, sold }) {
      await cluster.pause(roles.leader, 'postgres');
      await delay(STANDSTILL_MS);
      await cluster.resume(roles.leader, 'postgres');
      await sold();
    },
  },
  {
    name: 'the leader is cut off from the other machines, not from clients',
    longestPauseMs: FAILOVER_MS,
    async happen({ cluster, roles, sold }) {
      await cluster.cutOff(roles.leader);
      await sold();
      await delay(STANDSTILL_MS);
      await cluster.heal(roles.leader);
      await sold();
    },
  },
  {
    name: 'without standbys the leader crashes, shows what only it has, and is lost for an older one',
    // Without standbys nothing can be sold, and the leader is still there: what counts is the time
    // from its loss until the one that an operator names instead has a standby.
    longestPauseMs: FAILOVER_MS,
    async happen({ cluster, roles, sold, mark }) {
      const { leader, synchronous, other } = roles;
      // In this order the other one has nothing that the synchronous one lacks, as when both are
      // lost at once: else it must be rewound before a commit can wait for it.
      const standbys = [other, synchronous];
      const headOn = (machine: string) =>
        cluster.readNumber(machine, 'inventory', 'select position from log_head');
      for (const standby of standbys) await cluster.pause(standby, 'postgres');
      await delay(500);
      cluster.killPostmaster(leader);
      await cluster.untilPrimary(leader);
      const alone = await headOn(leader);
      await delay(READ_MS);
      mark();
      await cluster.kill(leader, 'all');
      for (const standby of standbys) await cluster.resume(standby, 'postgres');
      const shared = await headOn(synchronous);
      if (alone <= shared)
        throw new Error(`The leader had nothing of its own: ${alone}, ${shared}`);
      await cluster.failOver(synchronous);
      await sold();
      cluster.startEmpty(leader);
    },
  },
  {
    name: `etcd is killed on two machines for ${ETCD_AWAY_MS / 1_000} s`,
    longestPauseMs: 1_000,
    async happen({ cluster, roles }) {
      const machines = [roles.leader, roles.other];
      await Promise.all(machines.map((machine) => cluster.kill(machine, 'etcd')));
      await delay(ETCD_AWAY_MS);
      for (const machine of machines) cluster.start(machine, 'etcd');
    },
  },
  {
    name: `etcd stands still on all machines for ${ETCD_AWAY_MS / 1_000} s`,
    longestPauseMs: 1_000,
    async happen({ cluster, roles }) {
      const machines = Object.values(roles);
      for (const machine of machines) await cluster.pause(machine, 'etcd');
      await delay(ETCD_AWAY_MS);
      for (const machine of machines) await cluster.resume(machine, 'etcd');
    },
  },
  {
    name: 'kill -9 of the synchronous standby machine',
    longestPauseMs: FAILOVER_MS,
    async happen({ cluster, roles, sold }) {
      await cluster.kill(roles.synchronous, 'all');
      await sold();
      cluster.start(roles.synchronous, 'all');
    },
  },
  {
    name: `the synchronous standby machine stands still for ${STANDSTILL_MS / 1_000} s`,
    longestPauseMs: FAILOVER_MS,
    async happen({ cluster, roles, sold }) {
      await cluster.pause(roles.synchronous, 'all');
      await delay(STANDSTILL_MS);
      await cluster.resume(roles.synchronous, 'all');
      await sold();
    },
  },
  {
    name: 'a planned switchover',
    longestPauseMs: FAILOVER_MS,
    async happen({ cluster, roles, sold }) {
      await cluster.switchOver(roles);
      await sold();
    },
  },
];
