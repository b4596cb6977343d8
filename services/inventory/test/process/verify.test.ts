import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqlite } from '@anaquel/runtime/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSqliteLedgerStore } from '../../src/adapters/sqlite/writer/ledger-store.ts';
import { adjust, command, confirm, giveBack, reserve, sale, track } from '../support/commands.ts';
import { createLedgerFile, type LedgerFile } from '../support/ledger-file.ts';
import { runSql } from '../support/sqlite-store.ts';

const VERIFY = join(import.meta.dirname, '../../../../tools/verify.ts');

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
    sale(lines),
    command([adjust(1, -1)]),
    last,
    command([giveBack(last.id, 1, 1)]),
    confirmed,
    command([confirm(confirmed.id)]),
    reserve([{ productId: 2, quantity: 2 }]),
  ]);
  database.close();
});
afterAll(() => file.remove());

function verify(path: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const { promise, resolve } = Promise.withResolvers<{
    code: number;
    stdout: string;
    stderr: string;
  }>();
  const child = execFile(
    process.execPath,
    [VERIFY],
    { env: { INVENTORY_DATABASE_URL: `file:${path}` } },
    (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    },
  );
  return promise;
}

async function tampered(name: string, sql: string): Promise<string> {
  const path = join(file.folder, `${name}.db`);
  await copyFile(file.path, path);
  runSql(path, sql);
  return path;
}

describe.concurrent('npm run verify', () => {
  test('finds a ledger that nobody touched clean, and exits with 0', async () => {
    expect(await verify(file.path)).toEqual({
      code: 0,
      stderr: '',
      stdout:
        'Checked up to position 10: 10 movements, 2 levels, 3 purchases.\nEvery unit is explained.\n',
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
  ])('names a %s that was tampered with, and exits with 1', async (name, sql, expected) => {
    const { code, stdout } = await verify(await tampered(name, sql));
    expect(code).toBe(1);
    for (const line of expected) {
      expect(stdout.split('\n')).toContainEqual(
        typeof line === 'string' ? line : expect.stringMatching(line),
      );
    }
    expect(stdout).toMatch(/\n\d+ disagreements?\.\n$/);
  });

  test('says in one line that there is no such database, and makes none', async () => {
    const { code, stdout, stderr } = await verify(join(file.folder, 'none.db'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining('none.db')]);
  });
});
