import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runOn } from '@anaquel/runtime/postgres-server';
import { secretsText } from '../../tools/postgres-ha/files.ts';
import type { Machine } from '../../tools/postgres-ha/render.ts';
import { killAll, sendSignal, signalAll } from './folder-processes.ts';
import { prepareMachines } from './machines.ts';
import type { Speaker } from './network.ts';
import type { Programs } from './programs.ts';

/** What of a machine a fault meets: all of it, or one of its parts. */
export type Part = 'all' | 'etcd' | 'postgres';

/** Who is what, by the names of the machines. */
export interface Roles {
  readonly leader: string;
  /** The standby that commits wait for. */
  readonly synchronous: string;
  readonly other: string;
}

/** PostgreSQL on three machines, and what can happen to them. */
export interface Cluster {
  /** A database at the addresses of all machines. */
  url(database: string): string;
  /** The same by way of HAProxy. */
  haproxyUrl(database: string): string;
  /** Makes an empty one. */
  createDatabase(name: string): Promise<void>;
  /** Waits until every machine does its part, and gives their roles. */
  whole(): Promise<Roles>;
  /** Waits until its PostgreSQL takes writes. */
  untilPrimary(machine: string): Promise<void>;
  /** The one number that a query on one machine gives. */
  readNumber(machine: string, database: string, query: string): Promise<number>;
  /** At once, as a power cut. */
  kill(machine: string, part: Part): Promise<void>;
  /** PostgreSQL's first process alone, which the others follow. */
  killPostmaster(machine: string): void;
  /** Starts again what `kill` ended. */
  start(machine: string, part: Part): void;
  /** The same without the data of its PostgreSQL. */
  startEmpty(machine: string): void;
  /** Lets it stand still until `resume`. */
  pause(machine: string, part: Part): Promise<void>;
  resume(machine: string, part: Part): Promise<void>;
  /** From the other machines, not from clients. */
  cutOff(machine: string): Promise<void>;
  heal(machine: string): Promise<void>;
  /** Makes another machine the leader as an operator does. */
  switchOver(roles: Roles): Promise<void>;
  /** Makes this one the leader when there is none. */
  failOver(to: string): Promise<void>;
  /** Changes what the machines have in common. */
  configure(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** What Patroni and PostgreSQL have said last. */
  latestLogs(): string;
  stop(): Promise<void>;
}

const USER = 'anaquel';
const POLL_MS = 200;
const LOG_LINES = 40;
const REQUEST_MS = 5_000;
const SWITCHOVER_MS = 60_000;
/** On a busy machine, a standby that must copy everything takes long. */
const WHOLE_MS = 400_000;

export async function startCluster(programs: Programs): Promise<Cluster> {
  const password = randomBytes(12).toString('hex');
  const secrets = makeSecrets();
  const machines = await prepareMachines(programs, secrets);
  const { all, folder, network } = machines;
  const patroni = createPatroniClient(secrets['PATRONI_RESTAPI_PASSWORD'] ?? '');

  const named = (name: string): Machine => {
    const machine = all.find((each) => each.name === name);
    if (machine === undefined) throw new Error(`There is no machine ${name}`);
    return machine;
  };
  const placeOf = (name: string, part: Part) =>
    part === 'all' ? join(folder, name) : join(folder, name, part);
  const adminUrl = ({ postgres }: Machine, database = 'postgres') =>
    `postgres://postgres:${secrets['PATRONI_SUPERUSER_PASSWORD']}@${postgres.listen}/${database}`;
  async function valueOn(machine: Machine, database: string, query: string): Promise<unknown> {
    const [row] = await runOn(adminUrl(machine, database), query);
    return Object.values(row as object)[0];
  }
  const urlAt = (hosts: string, database: string) =>
    `postgres://${USER}:${password}@${hosts}/${database}`;

  /** @throws the reason why the cluster isn't whole. */
  async function roles(): Promise<Roles> {
    for (const { etcd } of all) await healthOf(etcd.listen);
    const members = await patroni.members(all);
    const by = (wanted: string) => members.filter(({ role }) => role === wanted);
    const [leader] = by('leader');
    if (leader === undefined) throw new Error('There is no leader');
    const settings = JSON.parse(await patroni.ask(named(leader.name), '/config'));
    const standbys = [...by('sync_standby'), ...by('replica')];
    const [synchronous, other] = standbys;
    const isWell = standbys.every(({ timeline, state }) => {
      return timeline === leader.timeline && ['running', 'streaming'].includes(state);
    });
    if (!isWell || synchronous === undefined || other === undefined)
      throw new Error(`Not all are well: ${JSON.stringify(members)}`);
    const streams = await runOn(
      adminUrl(named(leader.name)),
      `select sync_state from pg_stat_replication where state = 'streaming' order by 1 desc`,
    );
    const expected = settings.synchronous_mode ? ['sync', 'async'] : ['async', 'async'];
    const states = streams.map((row) => (row as { sync_state: string }).sync_state);
    if (
      states.join() !== expected.join() ||
      by('sync_standby').length + 1 !== expected.indexOf('async') + 1
    )
      throw new Error(`The standbys are ${states.join(' and ')}`);
    return { leader: leader.name, synchronous: synchronous.name, other: other.name };
  }

  const whole = () => insist(roles);

  function start(name: string, part: Part): void {
    if (part !== 'postgres') machines.startEtcd(named(name));
    // Patroni starts PostgreSQL.
    if (part === 'all') machines.startPatroni(named(name));
  }

  try {
    for (const { name } of all) start(name, 'all');
    machines.startHaproxy();
    const { leader } = await whole();
    await runOn(adminUrl(named(leader)), `create role ${USER} login password '${password}'`);
  } catch (error) {
    await machines.remove();
    throw error;
  }
  return {
    url: (database) => urlAt(all.map(({ postgres }) => postgres.listen).join(','), database),
    haproxyUrl: (database) => urlAt(`127.0.0.1:${machines.haproxyPort}`, database),
    async createDatabase(name) {
      const { leader } = await whole();
      await runOn(adminUrl(named(leader)), `create database ${name} owner ${USER}`);
    },
    whole,
    async untilPrimary(name) {
      await insist(async () => {
        const waits = await valueOn(named(name), 'postgres', 'select pg_is_in_recovery()');
        if (waits !== false) throw new Error(`PostgreSQL on ${name} takes no writes`);
      });
    },
    readNumber: async (name, database, query) =>
      Number(await valueOn(named(name), database, query)),
    async kill(name, part) {
      await network.drop(name, speakersOf(part));
      await killAll(placeOf(name, part));
    },
    killPostmaster(name) {
      const file = join(placeOf(name, 'postgres'), 'postmaster.pid');
      sendSignal(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGKILL');
    },
    start,
    startEmpty(name) {
      rmSync(placeOf(name, 'postgres'), { recursive: true });
      start(name, 'all');
    },
    async pause(name, part) {
      await network.hold(name, speakersOf(part));
      signalAll(placeOf(name, part), 'SIGSTOP');
    },
    async resume(name, part) {
      signalAll(placeOf(name, part), 'SIGCONT');
      await network.release(name, speakersOf(part));
    },
    cutOff: (name) => network.hold(name, speakersOf('all')),
    heal: (name) => network.release(name, speakersOf('all')),
    async switchOver({ leader, synchronous }) {
      const body = { leader, candidate: synchronous };
      await patroni.ask(named(leader), '/switchover', { method: 'POST', body });
    },
    async failOver(to) {
      await insist(() =>
        patroni.ask(named(to), '/failover', { method: 'POST', body: { candidate: to } }),
      );
    },
    async configure(settings) {
      const { leader } = await whole();
      await patroni.ask(named(leader), '/config', { method: 'PATCH', body: settings });
    },
    latestLogs: () =>
      all
        .map(({ name }) => {
          const log = readFileSync(join(folder, name, 'patroni', 'log'), 'utf8').split('\n');
          const lines = log.filter((line) => !line.includes('no action'));
          return [`—— ${name} ——`, ...lines.slice(-LOG_LINES)].join('\n');
        })
        .join('\n'),
    stop: machines.remove,
  };
}

/** Does it until it succeeds. @throws its last error when that takes too long. */
async function insist<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const deadline = performance.now() + WHOLE_MS; ;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
}

function speakersOf(part: Part): readonly Speaker[] {
  return part === 'all' ? ['etcd', 'patroni', 'postgres'] : [part];
}

function makeSecrets(): Record<string, string> {
  const lines = secretsText(() => randomBytes(12).toString('hex'))
    .trim()
    .split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=')));
}

async function healthOf(etcd: string): Promise<void> {
  const answer = await fetch(`http://${etcd}/health`, { signal: AbortSignal.timeout(REQUEST_MS) });
  if (!answer.ok) throw new Error(`etcd at ${etcd} is not well: ${await answer.text()}`);
}

interface Member {
  readonly name: string;
  readonly role: string;
  readonly state: string;
  readonly timeline?: number;
}

/** Speaks to Patroni's REST API, https://patroni.readthedocs.io/en/latest/rest_api.html */
function createPatroniClient(password: string) {
  async function ask(
    { name, patroni }: Machine,
    path: string,
    change?: { readonly method: string; readonly body: unknown },
  ): Promise<string> {
    const credentials = Buffer.from(`patroni:${password}`).toString('base64');
    const answer = await fetch(`http://${patroni.listen}${path}`, {
      ...(change && { method: change.method, body: JSON.stringify(change.body) }),
      headers: { authorization: `Basic ${credentials}` },
      signal: AbortSignal.timeout(change ? SWITCHOVER_MS : REQUEST_MS),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${name} answered ${path} with ${answer.status}: ${text}`);
    return text;
  }

  return {
    ask,
    /** As each of them sees them all: they must agree. */
    async members(machines: readonly Machine[]): Promise<Member[]> {
      const views = await Promise.all(machines.map((machine) => ask(machine, '/cluster')));
      const [members = [], ...others] = views.map(
        (view) => (JSON.parse(view) as { members: Member[] }).members,
      );
      const rolesIn = (view: Member[]) => view.map(({ name, role }) => `${name} ${role}`).join();
      if (others.some((view) => rolesIn(view) !== rolesIn(members)))
        throw new Error(`The machines disagree: ${views.join(' ')}`);
      return members;
    },
  };
}
