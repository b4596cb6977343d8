import { createSqliteConnection, openSqlite, sql } from '@anaquel/runtime/sql';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createSqliteLedgerStore } from '../../src/adapters/sqlite/writer/ledger-store.ts';
import { verifyLedger } from '../../src/service.ts';
import { command, nextId, sale, track, withKey } from '../support/commands.ts';
import { startFakeProducts, type FakeProducts } from '../support/fake-products.ts';
import { endProcesses, startInventory } from '../support/inventory-process.ts';
import { createLedgerFile, type LedgerFile } from '../support/ledger-file.ts';
import { keepRecordsApart } from '../support/records-apart.ts';
import { environment, type Settings } from '../support/shop.ts';
import { runSql } from '../support/sqlite-store.ts';

const PURCHASES = 1_300;
/** In the third slice of 500: the latest are adopted first. */
const STUCK = 100;

let products: FakeProducts;
let file: LedgerFile;
let env: Settings;

beforeAll(async () => {
  products = await startFakeProducts();
});
afterAll(() => products.close());
beforeEach(async () => {
  file = await createLedgerFile();
  env = { ...environment(file.url, products), LOG_LEVEL: 'warn' };
});
afterEach(async () => {
  await endProcesses();
  await file.remove();
});

const requests = Array.from({ length: PURCHASES }, (_, index) =>
  withKey(sale([{ productId: 1, quantity: 1 }], { at: new Date().toISOString() }), `key ${index}`),
);

function withStore<Result>(
  work: (store: ReturnType<typeof createSqliteLedgerStore>) => Result,
): Result {
  const database = openSqlite(file.path);
  try {
    return work(createSqliteLedgerStore(database));
  } finally {
    database.close();
  }
}

function count(): { inTable: number; inPurchases: number } {
  const database = openSqlite(file.path, { readOnly: true });
  const connection = createSqliteConnection(database);
  const inTable = connection.number(sql`select count(*) from idempotency_records`);
  const inPurchases = connection.number(
    sql`select count(*) from purchases where key_hash is not null`,
  );
  database.close();
  return { inTable, inPurchases };
}

test('a service killed while it moves records loses none, and the next one moves the rest', async () => {
  withStore((store) => store.commitBatch([command([track(1, PURCHASES)]), ...requests]));
  await keepRecordsApart(file.path);
  // Its slice hangs for good in the middle, with the records before it moved and not committed.
  runSql(
    file.path,
    `CREATE TRIGGER hang BEFORE UPDATE ON purchases WHEN NEW.idempotency_key = 'key ${STUCK}' BEGIN
       SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n);
     END`,
  );
  const stuck = startInventory(env);
  await stuck.ready;
  await vi.waitFor(() => expect(count()).toEqual({ inTable: 300, inPurchases: 1_000 }), 30_000);
  await stuck.kill('SIGKILL');

  runSql(file.path, 'DROP TRIGGER hang');
  expect(count()).toEqual({ inTable: 300, inPurchases: 1_000 });
  expect(await verifyLedger({ database: { kind: 'sqlite', path: file.path } })).toMatchObject({
    clean: true,
  });
  const again = () => requests.map((request) => ({ ...request, id: nextId() }));
  const areReplayed = () =>
    withStore((store) => store.commitBatch(again())).every(
      (outcome) => outcome.ok && outcome.replayed,
    );
  expect(areReplayed()).toBe(true);

  const next = startInventory(env);
  await next.ready;
  await vi.waitFor(() => expect(count()).toEqual({ inTable: 0, inPurchases: 1_300 }), 30_000);
  await next.kill('SIGTERM');
  expect(areReplayed()).toBe(true);
  expect(await verifyLedger({ database: { kind: 'sqlite', path: file.path } })).toMatchObject({
    clean: true,
  });
}, 120_000);
