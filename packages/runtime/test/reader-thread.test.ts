import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  openSqlite,
  ReadsUnavailableError,
  startReaderThread,
  type ReaderThread,
} from '../src/sql/index.ts';
import type { countingReads } from './fixtures/counting-worker.ts';

type Reads = typeof countingReads;

let folder: string;
let path: string;
let database: DatabaseSync;
let thread: ReaderThread<Reads>;
const onDeath = vi.fn<(error: unknown) => void>();

function start(limits: { timeoutMs?: number; idleMs?: number } = {}): ReaderThread<Reads> {
  const module = new URL('./fixtures/counting-worker.ts', import.meta.url);
  return startReaderThread<Reads>({ module, path, unhurried: ['count'], onDeath, ...limits });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-reader-thread-'));
  path = join(folder, 'things.db');
  database = openSqlite(path);
  database.exec('CREATE TABLE things (id INTEGER PRIMARY KEY)');
  onDeath.mockClear();
  thread = start();
});

afterEach(async () => {
  await thread.close();
  database.close();
  rmSync(folder, { recursive: true });
});

test('a read in the thread sees each commit that came before it', async () => {
  for (let count = 0; count < 50; count += 1) {
    expect(await thread.ask('count')).toBe(count);
    database.exec('INSERT INTO things DEFAULT VALUES');
  }
});

test('while the thread is busy, this one goes on', async () => {
  await thread.ask('count');
  let turns = 0;
  let isBusy = true;
  const spinning = thread.ask('spin', 300).finally(() => {
    isBusy = false;
  });
  for (; isBusy; turns += 1) await nextTurn();
  await spinning;
  expect(turns).toBeGreaterThan(100);
});

test('a read that fails rejects alone', async () => {
  const [failed, count] = await Promise.allSettled([thread.ask('fail'), thread.ask('count')]);
  expect(failed).toMatchObject({ reason: new Error('TypeError: no such thing') });
  expect(count).toMatchObject({ value: 0 });
});

test('more than 256 reads at a time, and reads that would wait too long, are refused', async () => {
  const first = thread.ask('spin', 50);
  const others = Array.from({ length: 255 }, () => thread.ask('count'));
  await expect(thread.ask('count')).rejects.toThrow(ReadsUnavailableError);
  expect(await Promise.all([first, ...others])).toHaveLength(256);
  expect(await thread.ask('count')).toBe(0);

  const hurried = start({ timeoutMs: 200 });
  await hurried.ask('count');
  const [late, later, unhurried] = await Promise.allSettled([
    hurried.ask('spin', 400),
    hurried.ask('spin', 0),
    hurried.ask('count'),
  ]);
  expect(late).toMatchObject({ reason: { statusCode: 503 } });
  expect(later).toMatchObject({ reason: { statusCode: 503 } });
  expect(unhurried).toMatchObject({ value: 0 });
  await hurried.close();
});

test('of reads that take turns one is under way at a time, and others are answered meanwhile', async () => {
  const resting = Promise.all([thread.ask('rest', 'first'), thread.ask('rest', 'second')]);
  await vi.waitFor(async () => expect(await thread.ask('rested')).toEqual(['first']), 30_000);
  expect(await thread.ask('count')).toBe(0);
  expect(await thread.ask('rested')).toEqual(['first']);
  await thread.ask('wake');
  expect(await resting).toEqual([['first'], ['first', 'second']]);
});

test('a read that takes turns does not begin when nobody waits for it any more', async () => {
  const hurried = start({ timeoutMs: 500 });
  await hurried.ask('count');
  const late = await Promise.allSettled([
    hurried.ask('rest', 'first'),
    hurried.ask('rest', 'late'),
  ]);
  const refused = { reason: { statusCode: 503 } };
  expect(late).toMatchObject([refused, refused]);
  await vi.waitFor(() => hurried.ask('wake'), 30_000);
  const names = await vi.waitFor(() => hurried.ask('rest', 'next'), 30_000);
  expect(names).toContain('next');
  expect(names).not.toContain('late');
  await hurried.close();
});

test('when the thread dies, what waits is refused, and a second later another one answers', async () => {
  const before = await thread.ask('spin', 0);
  await expect(Promise.all([thread.ask('die'), thread.ask('count')])).rejects.toMatchObject({
    statusCode: 503,
  });
  expect(onDeath).toHaveBeenCalledTimes(1);
  await sleep(1_000);
  expect(await thread.ask('spin', 0)).not.toBe(before);
});

test('a thread that nobody asks ends, but not while it reads, and the next who asks starts one', async () => {
  const patient = start({ idleMs: 100 });
  const first = await patient.ask('spin', 400);
  expect(await patient.ask('spin', 0)).toBe(first);
  await sleep(400);
  expect(await patient.ask('spin', 0)).not.toBe(first);
  expect(onDeath).not.toHaveBeenCalled();
  await patient.close();
});

test('what is under way when it is closed rejects, and nothing is read afterwards', async () => {
  await thread.ask('count');
  const spinning = thread.ask('spin', 60_000);
  await Promise.all([expect(spinning).rejects.toThrow('closed'), thread.close()]);
  await expect(thread.ask('count')).rejects.toThrow('closed');
  expect(onDeath).not.toHaveBeenCalled();
});
