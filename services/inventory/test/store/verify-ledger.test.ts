import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqlite } from '@anaquel/runtime/sql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSqliteLedgerStore } from '../../src/adapters/sqlite/writer/ledger-store.ts';
import { verifyLedger } from '../../src/service.ts';
import {
  adjust,
  command,
  confirm,
  giveBack,
  reserve,
  sale,
  track,
  withKey,
} from '../support/commands.ts';
import { createLedgerFile, type LedgerFile } from '../support/ledger-file.ts';
import { runSql } from '../support/sqlite-store.ts';

/** Replays the ledger of a file, as `npm run verify` does. */
const verify = (path: string) => verifyLedger({ database: { kind: 'sqlite', path } });

let file: LedgerFile;

beforeAll(async () => {
  file = await createLedgerFile();
  const database = openSqlite(file.path);
  const last = sale([{ productId: 1, quantity: 1 }]);
  const confirmed = reserve([{ productId: 1, quantity: 1 }]);
  const lines = [
    { productId: 1, quantity: 3 },
    { productId: 2, quantity: 1 },
  ];
  createSqliteLedgerStore(database).commitBatch([
    command([track(1, 10)]),
    command([track(2, 10)]),
    withKey(sale(lines), 'first'),
    command([adjust(1, -1)]),
    withKey(last, 'last'),
    command([giveBack(last.id, 1, 1)]),
    confirmed,
    command([confirm(confirmed.id)]),
    reserve([{ productId: 2, quantity: 2 }]),
  ]);
  database.close();
});
afterAll(() => file.remove());

async function tampered(name: string, sql: string): Promise<string> {
  const path = join(file.folder, `${name}.db`);
  await copyFile(file.path, path);
  runSql(path, sql);
  return path;
}

test('an unchanged ledger is clean', async () => {
  expect(await verify(file.path)).toEqual({
    clean: true,
    position: 10,
    movements: 10,
    levels: 2,
    purchases: 3,
    disagreementCount: 0,
    disagreements: [],
  });
});

test.each([
  [
    'level',
    'UPDATE levels SET on_hand = on_hand + 1 WHERE product_id = 1',
    ['level-on-hand: product 1: expected 5, found 6'],
  ],
  [
    'movement',
    'UPDATE movements SET on_hand_delta = -2 WHERE position = 5',
    ['on-hand-balance: product 1: expected 5 (position 5), found 6 (position 5)'],
  ],
  [
    'sequence',
    'UPDATE movements SET sequence = 9 WHERE position = 6',
    [
      'sequence-gapless: product 1: expected 4 (position 6), found 9 (position 6)',
      'sequence-gapless: product 1: expected 10 (position 7), found 5 (position 7)',
    ],
  ],
  [
    'total',
    'UPDATE purchases SET total = 1 WHERE first_position = 3',
    [/^purchase-total: expected 1000 \(purchase .+\), found 1 /],
  ],
  [
    'key’s hash',
    "UPDATE purchases SET key_hash = 1 WHERE idempotency_key = 'first'",
    [/^purchase-record: expected 1 \(purchase .+\), found 0 /],
  ],
  [
    'record’s other half',
    "UPDATE purchases SET fingerprint = NULL WHERE idempotency_key = 'first'",
    [/^purchase-record: expected 1 \(purchase .+\), found 0 /],
  ],
  [
    'key that is of another purchase, too,',
    `UPDATE purchases SET (idempotency_key, key_hash) =
       (SELECT idempotency_key, key_hash FROM purchases WHERE idempotency_key = 'last')
     WHERE idempotency_key = 'first'`,
    [/^purchase-record: expected 1 \(purchase .+\), found 2 /],
  ],
  [
    'purchase',
    'DELETE FROM purchases WHERE first_position = 3',
    [/^sale-without-purchase: product 1/, /^sale-without-purchase: product 2/],
  ],
  [
    'hold',
    'DELETE FROM holds WHERE product_id = 2',
    [/^reservation-holds: product 2: expected 2 until .+, found no hold /],
  ],
  [
    'reservation',
    "UPDATE reservations SET status = 'released' WHERE status = 'active'",
    [
      /^reservation-holds: product 2: expected 2 /,
      /^reservation-holds: product 2: expected no hold /,
    ],
  ],
  [
    'reservation’s lines',
    `UPDATE reservations SET lines = '{"a":1' WHERE status = 'active'`,
    [/^reservation-holds: product 2: expected 2 .+, found no such line /],
  ],
  [
    'reservation’s purchase',
    'DELETE FROM purchases WHERE id IN (SELECT purchase_id FROM reservations)',
    [/^reservation-purchase: expected a purchase .+, found purchase .+, which is not there /],
  ],
  [
    'return',
    "UPDATE movements SET purchase_id = 'none' WHERE kind = 'return'",
    [/^return-within-sale: product 1: expected a purchase .+, found 1 of none /],
  ],
])('names a %s that was tampered with', async (name, sql, expected) => {
  const { clean, disagreements } = await verify(await tampered(name, sql));
  expect(clean).toBe(false);
  const lines = disagreements.map(({ rule, productId, expected: right, actual }) => {
    const product = productId === null ? '' : ` product ${productId}:`;
    return `${rule}:${product} expected ${right}, found ${actual}`;
  });
  for (const line of expected) {
    expect(lines).toContainEqual(typeof line === 'string' ? line : expect.stringMatching(line));
  }
});

test('a missing database is an error, and is not created', async () => {
  const path = join(file.folder, 'none.db');
  await expect(verify(path)).rejects.toThrow('none.db');
  expect(existsSync(path)).toBe(false);
});
