import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { openSqlite } from '@anaquel/runtime/sql';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  BatchFailedError,
  createSqliteLedgerStore,
} from '../../src/adapters/sqlite/writer/ledger-store.ts';
import { createKnownLevels } from '../../src/adapters/sqlite/known-levels.ts';
import { createSqliteLedger } from '../../src/adapters/sqlite/writer/ledger.ts';
import { LedgerUnavailableError } from '../../src/application/ledger.ts';
import { adjust, AT, command, receive, sale, track, withKey } from '../support/commands.ts';
import { createLedgerFile } from '../support/ledger-file.ts';
import { FAULT, NO_FAULT, openSqliteStore, readLedger } from '../support/sqlite-store.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openStore() {
  const file = await createLedgerFile();
  cleanups.push(file.remove);
  const database = openSqlite(file.path);
  cleanups.push(() => database.isOpen && database.close());
  return { path: file.path, database, store: createSqliteLedgerStore(database) };
}

function failureOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof BatchFailedError) return error.failure;
    throw error;
  }
  return 'none';
}

describe('a full disk', () => {
  test('refuses a batch that does not fit, keeps the existing data, and accepts the batch once there is room', async () => {
    const { path, database, store } = await openStore();
    store.commitBatch([command([track(1, 1_000)])]);
    const pages = Object.values(database.prepare('PRAGMA page_count').get() ?? {})[0];
    // A limit of this connection on the file's pages stands for a full disk.
    database.exec(`PRAGMA max_page_count = ${String(pages)}`);

    const newCommand = () =>
      withKey(command([adjust(1, -1, 'a long story '.repeat(35))]), crypto.randomUUID());
    let accepted = 0;
    let failure = 'none';
    while (failure === 'none' && accepted < 1_000) {
      failure = failureOf(() => store.commitBatch([newCommand()]));
      if (failure === 'none') accepted += 1;
    }
    expect(failure).toBe('unavailable');
    expect(database.isTransaction).toBe(false);

    const reader = readLedger(path, () => new Date(AT));
    cleanups.push(reader.close);
    expect(await reader.level(1, 'main')).toMatchObject({ onHand: 1_000 - accepted });
    expect(await reader.audit()).toMatchObject({ clean: true, position: accepted + 1 });

    database.exec('PRAGMA max_page_count = 1000000');
    expect(store.commitBatch([newCommand()])).toMatchObject([{ ok: true }]);
    expect(await reader.audit()).toMatchObject({ clean: true, position: accepted + 2 });
  });
});

describe('errors of SQLite', () => {
  test('a broken constraint refuses the batch, any other error means that the store is unavailable', async () => {
    const { database, store } = await openStore();
    store.commitBatch([command([track(1, 10)])]);
    database.exec(
      `CREATE TRIGGER refuse BEFORE INSERT ON movements WHEN NEW.reason = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
    expect(failureOf(() => store.commitBatch([command([adjust(1, -1, 'bad')])]))).toBe(
      'batch-refused',
    );
    database.exec(FAULT);
    expect(failureOf(() => store.commitBatch([command([receive(1, 1)])]))).toBe('unavailable');
    database.exec(NO_FAULT);
    expect(store.commitBatch([command([receive(1, 1)])])).toMatchObject([{ ok: true }]);
  });

  test('a disk that fails under a cursor leaves the outcome unknown, as under a batch', async () => {
    const { database, store } = await openStore();
    database.prepare = () => {
      // SQLITE_IOERR_FSYNC: https://www.sqlite.org/rescode.html#ioerr_fsync
      throw Object.assign(new Error('disk I/O error'), { errcode: 1034 });
    };
    expect(failureOf(() => store.saveCursor('console', 1))).toBe('outcome-unknown');
  });

  test('a purchase with an existing id is refused by the store', async () => {
    const { store } = await openStore();
    const bought = sale([{ productId: 1, quantity: 1 }]);
    store.commitBatch([command([track(1, 10)]), bought]);
    expect(failureOf(() => store.commitBatch([bought]))).toBe('batch-refused');
  });

  test('the tables refuse a balance below zero and more than a billion', async () => {
    const { database } = await openStore();
    const insert = (onHand: number, reserved: number): void =>
      database.exec(
        `INSERT INTO levels VALUES (1, 'main', ${onHand}, ${reserved}, NULL, 1, 1, '2026-03-01T12:00:00.000Z')`,
      );
    expect(() => insert(-1, 0)).toThrow('CHECK');
    expect(() => insert(1_000_000_001, 0)).toThrow('CHECK');
    expect(() => insert(5, 6)).toThrow('CHECK');
    expect(() => insert(5, -1)).toThrow('CHECK');
  });
});

test('while another program locks the file, a batch is refused as unavailable; then it succeeds', async () => {
  const store = await openSqliteStore();
  cleanups.push(store.remove);
  const { ledger, reader, close } = store.connect();
  cleanups.push(close);
  await ledger.commitBatch([command([track(1, 10)])]);
  const holder = openSqlite(store.path);
  holder.exec('BEGIN IMMEDIATE');
  await expect(ledger.commitBatch([command([receive(1, 1)])])).rejects.toThrow(
    LedgerUnavailableError,
  );
  expect(await reader.level(1, 'main')).toMatchObject({ onHand: 10 });
  holder.exec('ROLLBACK');
  holder.close();
  expect(await ledger.commitBatch([command([receive(1, 1)])])).toMatchObject([
    { ok: true, position: 2 },
  ]);
});

test('an error other than a broken constraint makes the ledger unavailable while it lasts', async () => {
  const store = await openSqliteStore();
  cleanups.push(store.remove);
  const { ledger, close } = store.connect();
  cleanups.push(close);
  await ledger.commitBatch([command([track(1, 10)])]);
  store.run(FAULT);
  await expect(ledger.commitBatch([command([receive(1, 1)])])).rejects.toThrow(
    LedgerUnavailableError,
  );
  store.run(NO_FAULT);
  expect(await ledger.commitBatch([command([receive(1, 1)])])).toMatchObject([
    { ok: true, position: 2 },
  ]);
});

test('a large ledger is searched in a thread of its own: when that dies, sales go on, and another one searches', async () => {
  const store = await openSqliteStore();
  cleanups.push(store.remove);
  const { ledger, reader, close } = store.connect();
  cleanups.push(close);
  const request = { filters: [], sort: [], page: { style: 'number', number: 1, size: 2 } } as const;
  const receipts = Array.from({ length: 100 }, () => receive(1, 1));
  await ledger.commitBatch([command([track(1, 10)])]);
  await ledger.commitBatch(Array.from({ length: 10 }, () => command(receipts)));
  const few = await reader.levels({
    ...request,
    filters: [{ field: 'id', operator: 'eq', value: 1 }],
  });
  const started = once(process, 'worker');
  expect(await reader.levels(request)).toEqual(few);
  const [thread] = (await started) as [Worker];
  await ledger.commitBatch([command([track(2, 10)])]);
  expect(await reader.levels(request)).toMatchObject({ total: 2 });
  expect(await reader.audit()).toMatchObject({ clean: true, movements: 1_002 });

  const auditing = reader.audit();
  const refused = { statusCode: 503 };
  await Promise.all([expect(auditing).rejects.toMatchObject(refused), thread.terminate()]);
  expect(await ledger.commitBatch([command([receive(1, 1)])])).toMatchObject([{ ok: true }]);
  await vi.waitFor(async () => expect(await reader.audit()).toMatchObject({ clean: true }), 30_000);
});

test('sales of a large ledger are summed up in that thread, as those of a small one are here', async () => {
  const store = await openSqliteStore();
  cleanups.push(store.remove);
  const { ledger, reader, close } = store.connect();
  cleanups.push(close);
  const page = { style: 'number', number: 1, size: 2 } as const;
  const span = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' };
  const request = { ...span, group: 'product', products: null, timeZone: 'UTC', page } as const;
  await ledger.commitBatch([command([track(1, 10)]), sale([{ productId: 1, quantity: 3 }])]);
  const few = await reader.salesSummaries(request);
  expect(few).toMatchObject({ total: 1, items: [{ productId: 1, sales: 1, units: 3 }] });
  const receipts = Array.from({ length: 1_000 }, () => receive(1, 1));
  await ledger.commitBatch([command(receipts)]);
  const started = once(process, 'worker');
  expect(await reader.salesSummaries(request)).toEqual(few);
  await started;
});

test('when the writer’s thread dies, `onOutcomeUnknown` is called and nobody is answered', async () => {
  const file = await createLedgerFile();
  cleanups.push(file.remove);
  const started = once(process, 'worker');
  const unknown = Promise.withResolvers<Error>();
  const ledger = createSqliteLedger({
    path: file.path,
    knownLevels: createKnownLevels(),
    onOutcomeUnknown: unknown.resolve,
    onAdoptionFailed: () => {},
  });
  const [worker] = (await started) as [Worker];
  await ledger.commitBatch([command([track(1, 10)])]);
  let answered = false;
  const answer = (): void => {
    answered = true;
  };
  ledger.commitBatch([command([receive(1, 1)])]).then(answer, answer);
  await worker.terminate();
  expect((await unknown.promise).message).toContain('ended');
  expect(answered).toBe(false);
});

test('once an outcome is unknown nobody is answered, whatever the thread posts afterwards', async () => {
  const file = await createLedgerFile();
  cleanups.push(file.remove);
  const started = once(process, 'worker');
  const unknown = Promise.withResolvers<Error>();
  const ledger = createSqliteLedger({
    path: file.path,
    knownLevels: createKnownLevels(),
    onOutcomeUnknown: unknown.resolve,
    onAdoptionFailed: () => {},
  });
  const [worker] = (await started) as [Worker];
  await ledger.commitBatch([command([track(1, 10)])]);
  const holder = openSqlite(file.path);
  holder.exec('BEGIN IMMEDIATE');
  const answer = vi.fn<() => void>();
  ledger.commitBatch([command([receive(1, 1)])]).then(answer, answer);
  ledger.cursors.save('console', 1).then(answer, answer);
  // The thread's message after an I/O error at COMMIT; later answers follow.
  const message = { type: 'failed', failure: 'outcome-unknown', message: 'disk I/O error' };
  worker.emit('message', JSON.stringify(message));
  const realAnswers = vi.fn<(text: unknown) => void>();
  worker.on('message', realAnswers);
  holder.exec('ROLLBACK');
  holder.close();
  await vi.waitFor(() => expect(realAnswers).toHaveBeenCalledTimes(2), 30_000);
  expect((await unknown.promise).message).toContain('disk I/O error');
  expect(answer).not.toHaveBeenCalled();
  await worker.terminate();
});

test('the writer waits for the disk at every commit', async () => {
  const { database } = await openStore();
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
});
