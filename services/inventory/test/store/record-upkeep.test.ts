import type { DatabaseSync } from 'node:sqlite';
import { createSqliteConnection, openSqlite } from '@anaquel/runtime/sql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRecord } from '../../src/adapters/sqlite/ledger-queries.ts';
import {
  createSqliteLedgerStore,
  type SqliteLedgerStore,
} from '../../src/adapters/sqlite/writer/ledger-store.ts';
import type { Command } from '../../src/domain/command.ts';
import { verifyLedger } from '../../src/service.ts';
import { command, nextId, receive, sale, track, withKey } from '../support/commands.ts';
import { createLedgerFile, type LedgerFile } from '../support/ledger-file.ts';
import { keepRecordsApart } from '../support/records-apart.ts';

const day = (n: number): string => `2026-03-0${n}T12:00:00.000Z`;

let file: LedgerFile;
let database: DatabaseSync;
let store: SqliteLedgerStore;

/** Of purchases at noon of days 1 to 5, with a receipt after each. */
const requests: readonly Command[] = [1, 2, 3, 4, 5].flatMap((n) => [
  withKey(sale([{ productId: 1, quantity: 1 }], { at: day(n) }), `sold ${n}`),
  withKey(command([receive(1, 1)], { at: day(n) }), `received ${n}`, 'till movement'),
]);

beforeEach(async () => {
  file = await createLedgerFile();
  open();
  store.commitBatch([command([track(1, 10)]), ...requests]);
});
afterEach(async () => {
  database.close();
  await file.remove();
});

function open(): void {
  database = openSqlite(file.path);
  store = createSqliteLedgerStore(database);
}

async function update(): Promise<void> {
  database.close();
  await keepRecordsApart(file.path);
  open();
}

const count = (from: string): number =>
  Number(database.prepare(`SELECT count(*) AS rows FROM ${from}`).get()?.['rows']);
const inTable = (): number => count('idempotency_records');
const inPurchases = (): number => count('purchases WHERE key_hash IS NOT NULL');
const recordOf = ({ idempotency }: Command) =>
  readRecord(createSqliteConnection(database), idempotency?.scope ?? '', idempotency?.key ?? '');
/** The keys of the purchases that are remembered. */
const remembered = (): unknown[] =>
  requests.filter((request) => request.type === 'purchase' && recordOf(request)).map(keyOf);
const keyOf = ({ idempotency }: Command): string => idempotency?.key ?? '';

test('the record of a purchase is in its row, those of other commands in the table', () => {
  expect([inPurchases(), inTable()]).toEqual([5, 5]);
});

test('purchases adopt their records slice by slice, and every key has the same record all the while', async () => {
  const records = requests.map(recordOf);
  await update();
  expect([inPurchases(), inTable()]).toEqual([0, 10]);
  expect(requests.map(recordOf)).toEqual(records);

  const adopted: number[] = [];
  while (store.adoptRecords(4) > 0) {
    adopted.push(inPurchases());
    expect(inPurchases() + inTable()).toBe(10);
    expect(requests.map(recordOf)).toEqual(records);
    const again = requests.map((request) => ({ ...request, id: nextId() }));
    expect(store.commitBatch(again).every((outcome) => outcome.ok && outcome.replayed)).toBe(true);
  }
  expect(adopted).toEqual([4, 5, 5]);
  expect(await verifyLedger({ database: { kind: 'sqlite', path: file.path } })).toMatchObject({
    clean: true,
  });
});

test('what was looked through is not looked at again by the next process', async () => {
  await update();
  store.adoptRecords(7);
  database.close();
  open();
  expect(store.adoptRecords(7)).toBe(3);
  expect(store.adoptRecords(7)).toBe(0);
  store.commitBatch([withKey(command([receive(1, 1)]), 'later', 'till movement')]);
  expect(store.adoptRecords(7)).toBe(0);
});

test('a record of a later release, and one whose purchase is missing, stay where they are', async () => {
  await update();
  database.exec(`UPDATE idempotency_records SET format = 99, outcome = '?' WHERE key = 'sold 1';
    DELETE FROM purchases WHERE id = (SELECT json_extract(outcome, '$.result.purchaseId')
      FROM idempotency_records WHERE key = 'sold 2')`);
  while (store.adoptRecords(4) > 0);
  const kept = database.prepare("SELECT key FROM idempotency_records WHERE key LIKE 'sold%'").all();
  expect(kept.map(({ key }) => key)).toEqual(['sold 1', 'sold 2']);
  expect(inPurchases()).toBe(3);
});

test('taking the migration back returns every record, which the release before reads', async () => {
  const records = requests.map(recordOf);
  await update();
  const apart = () =>
    database
      .prepare(`SELECT scope, key, fingerprint, outcome, at, format
      FROM idempotency_records ORDER BY key`)
      .all();
  const rows = apart();
  while (store.adoptRecords(4) > 0);
  await update();
  expect(apart()).toEqual(rows);
  expect(requests.map(recordOf)).toEqual(records);
});

test('nothing is forgotten until all purchases have their records, and then none of theirs', async () => {
  await update();
  store.adoptRecords(4);
  expect(store.pruneRecords(day(6), 100)).toBe(0);
  expect([inPurchases(), inTable()]).toEqual([4, 6]);
  while (store.adoptRecords(4) > 0);
  expect(store.pruneRecords(day(3), 100)).toBe(2);
  expect(store.pruneRecords(day(6), 2)).toBe(2);
  expect(store.pruneRecords(day(6), 2)).toBe(1);
  expect(store.pruneRecords(day(6), 2)).toBe(0);
  expect([inPurchases(), inTable()]).toEqual([5, 0]);
  expect(remembered()).toEqual(['sold 1', 'sold 2', 'sold 3', 'sold 4', 'sold 5']);
  expect(await verifyLedger({ database: { kind: 'sqlite', path: file.path } })).toMatchObject({
    clean: true,
    purchases: 5,
  });
});

test('the release before, run on this database, finds no purchase whose key it would forget', () => {
  expect(count('purchases WHERE id > (SELECT pruned FROM record_upkeep)')).toBe(0);
});

test('two keys with the same hash are told apart', () => {
  database.exec(`UPDATE purchases SET key_hash =
    (SELECT key_hash FROM purchases WHERE idempotency_key = 'sold 2')`);
  const [, second] = requests.filter(({ type }) => type === 'purchase');
  expect(second && recordOf(second)).toMatchObject({ key: 'sold 2' });
});
