import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgres, type Postgres } from '@anaquel/runtime/postgres';
import {
  createTestDatabase,
  hasPostgres,
  PATIENT,
  runOn,
  type TestDatabase,
} from '@anaquel/runtime/postgres-server';
import { sql } from '@anaquel/runtime/sql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { News, Order } from './fixtures/leased-relay.ts';

const PATIENCE_MS = 30_000;
const FIXTURE = join(import.meta.dirname, 'fixtures/leased-relay.ts');

interface Replica {
  readonly child: ChildProcess;
  readonly news: News[];
  give(order: Order): void;
}

const waitFor = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });

describe.skipIf(!hasPostgres)('relays of several replicas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-relays-'));
  const file = join(folder, 'published');
  const replicas: Replica[] = [];
  let place: TestDatabase;
  let database: Postgres;
  let entries = 0;

  beforeAll(async () => {
    writeFileSync(file, '');
    place = await createTestDatabase();
    database = createPostgres({ url: place.url, limits: PATIENT });
    await runOn(
      place.url,
      'create table entries (position bigint primary key)',
      'create table relay_cursors (relay text primary key, position bigint not null)',
      'create table leases (name text primary key, holder text not null, epoch bigint not null, until_ms bigint not null)',
      "insert into leases values ('upkeep', '', 0, 0)",
    );
  });
  afterAll(async () => {
    for (const { child } of replicas) child.kill('SIGKILL');
    await database?.close();
    await place?.drop();
    rmSync(folder, { recursive: true });
  });

  function start(): Replica {
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const child = fork(FIXTURE, [place.url, file], { stdio: [...stdio] });
    const replica: Replica = { child, news: [], give: (order) => void child.send(order) };
    child.on('message', (news: News) => replica.news.push(news));
    replicas.push(replica);
    return replica;
  }

  const waitForNews = (replica: Replica, news: News) =>
    waitFor(() => expect(replica.news).toContainEqual(news));

  async function write(count: number): Promise<void> {
    for (let written = 0; written < count; written += 1) {
      entries += 1;
      await database.reads.run(sql`insert into entries (position) values (${entries})`);
    }
  }

  const published = (): { epoch: number; position: number }[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' ').map(Number))
      .map(([epoch = 0, position = 0]) => ({ epoch, position }));

  const waitUntilPublished = () =>
    waitFor(() => expect(published().at(-1)?.position).toBe(entries));

  const cursor = () => database.reads.number(sql`select position from relay_cursors`);

  const waitUntilSaved = () => waitFor(async () => expect(await cursor()).toBe(entries));

  /** Nothing is missing or late, and no epoch begins anew. Gives the number of repeats. */
  function assertInOrder(): number {
    const all = published();
    const firsts = new Set<number>();
    let last = { epoch: 0, position: 0 };
    for (const line of all) {
      expect(line.epoch).toBeGreaterThanOrEqual(last.epoch);
      if (line.epoch === last.epoch) expect(line.position).toBe(last.position + 1);
      expect(line.position).toBeLessThanOrEqual(firsts.size + 1);
      firsts.add(line.position);
      last = line;
    }
    expect(firsts.size).toBe(entries);
    return all.length - entries;
  }

  test('whoever stands still, at whatever step, is relieved, and is not heard of late', async () => {
    let holder = start();
    await waitForNews(holder, { began: 1 });
    let other = start();
    const steps = ['read', 'save'] as const;
    for (const [index, step] of steps.entries()) {
      const epoch = index + 1;
      await write(5);
      await waitUntilPublished();
      await waitUntilSaved();
      holder.give({ standStillAt: step });
      await write(5);
      await waitForNews(other, { began: epoch + 1 });
      await write(5);
      await waitUntilPublished();
      await waitUntilSaved();
      holder.child.kill('SIGCONT');
      await waitForNews(holder, { ended: epoch });
      expect(await cursor()).toBe(entries);
      [holder, other] = [other, holder];
    }
    // What the second one had published before it stood still, and could not save.
    expect(assertInOrder()).toBeLessThanOrEqual(5);
    // What the first one had read, it has not published.
    expect(published().filter(({ epoch, position }) => epoch === 1 && position > 5)).toEqual([]);
  });

  test('who is killed is relieved, and who ends hands over without a repeat', async () => {
    const [killed, other] = replicas;
    if (!killed || !other) throw new Error('There are no two replicas');
    await write(5);
    await waitUntilPublished();
    killed.child.kill('SIGKILL');
    await write(5);
    await waitForNews(other, { began: 4 });
    await waitUntilPublished();
    const repeats = assertInOrder();
    const next = start();
    other.give({ end: true });
    await waitForNews(next, { began: 5 });
    await write(5);
    await waitUntilPublished();
    expect(assertInOrder()).toBe(repeats);
    next.give({ end: true });
    await waitForNews(next, { ended: 5 });
  });
});
