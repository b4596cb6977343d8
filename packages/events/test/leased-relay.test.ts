import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPostgres, type Postgres } from '@anaquel/runtime/postgres';
import {
  createTestDatabase,
  hasPostgres,
  PATIENT,
  runOn,
  type TestDatabase,
} from '@anaquel/runtime/postgres-server';
import { sql } from '@anaquel/runtime/sql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

const PATIENCE_MS = 30_000;
/** Longer than a lease is held without being kept. */
const PAUSE_MS = 3_000;
const FIXTURE = join(import.meta.dirname, 'fixtures/leased-relay.ts');

interface Told {
  readonly epoch?: number;
  readonly ended?: number;
  readonly error?: string;
}

interface Replica {
  readonly child: ChildProcess;
  readonly told: Told[];
}

const waitFor = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });

describe.skipIf(!hasPostgres)('relays of several replicas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-relays-'));
  const file = join(folder, 'published');
  const replicas: Replica[] = [];
  let place: TestDatabase;
  let database: Postgres;
  let entries: number;

  beforeAll(async () => {
    place = await createTestDatabase();
    database = createPostgres({ url: place.url, limits: PATIENT });
    await runOn(
      place.url,
      'create table entries (position bigint primary key)',
      'create table relay_cursors (relay text primary key, position bigint not null)',
      'create table leases (name text primary key, holder text not null, epoch bigint not null, until_ms bigint not null)',
    );
  });
  beforeEach(async () => {
    await runOn(
      place.url,
      'truncate entries, relay_cursors, leases',
      "insert into leases values ('upkeep', '', 0, 0)",
    );
    entries = 0;
    writeFileSync(file, '');
  });
  afterEach(() => {
    for (const { child } of replicas.splice(0)) child.kill('SIGKILL');
  });
  afterAll(async () => {
    await database?.close();
    await place?.drop();
    rmSync(folder, { recursive: true });
  });

  function start(): Replica {
    const child = fork(FIXTURE, [place.url, file], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const replica: Replica = { child, told: [] };
    child.on('message', (message: Told) => replica.told.push(message));
    replicas.push(replica);
    return replica;
  }

  async function write(count: number): Promise<void> {
    for (let written = 0; written < count; written += 1) {
      entries += 1;
      await database.reads.run(sql`insert into entries (position) values (${entries})`);
    }
  }

  /** Two replicas; the first has the lease and has published something. */
  async function startTwo(): Promise<[Replica, Replica]> {
    const first = start();
    await waitFor(() => expect(first.told).toContainEqual({ epoch: 1 }));
    const second = start();
    await write(20);
    await waitUntilPublished();
    return [first, second];
  }

  const published = (): { epoch: number; position: number }[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' ').map(Number))
      .map(([epoch = 0, position = 0]) => ({ epoch, position }));

  const waitUntilPublished = () =>
    waitFor(() => expect(published().at(-1)?.position).toBe(entries));

  /** Nothing is missing or late, and no epoch begins anew. Gives the number of repeats. */
  function assertInOrder(): number {
    const all = published();
    const epochs = all.map(({ epoch }) => epoch);
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    let last = 0;
    const firsts = all.map(({ position }) => position).filter((at) => at > last && (last = at));
    expect(firsts).toEqual(Array.from({ length: entries }, (_, index) => index + 1));
    return all.length - entries;
  }

  const cursor = () => database.reads.number(sql`select position from relay_cursors`);

  test('a holder that is paused is relieved, and publishes and saves nothing when it wakes', async () => {
    const [paused, next] = await startTwo();
    paused.child.kill('SIGSTOP');
    const pausedAt = performance.now();
    await write(20);
    await waitFor(() => expect(next.told).toContainEqual({ epoch: 2 }));
    const tookMs = performance.now() - pausedAt;
    await waitUntilPublished();
    await waitFor(async () => expect(await cursor()).toBe(entries));
    await delay(Math.max(0, PAUSE_MS - tookMs));
    await write(5);
    paused.child.kill('SIGCONT');
    await waitFor(() => expect(paused.told).toContainEqual({ ended: 1 }));
    await write(5);
    await waitUntilPublished();
    await waitFor(async () => expect(await cursor()).toBe(entries));
    const repeats = assertInOrder();
    expect(repeats).toBeLessThanOrEqual(20);
    expect(published().filter(({ epoch, position }) => epoch === 1 && position > 20)).toEqual([]);
    console.log(`taken over after ${Math.round(tookMs)} ms, ${repeats} repeats`);
  });
});
