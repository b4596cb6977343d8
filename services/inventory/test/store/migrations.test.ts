import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createMigrations } from '@anaquel/runtime/migrations';
import { openSqlite } from '@anaquel/runtime/sql';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSqliteLedgerStore } from '../../src/adapters/sqlite/writer/ledger-store.ts';
import {
  after,
  command,
  confirm,
  giveBack,
  nextId,
  release,
  reserve,
  sale,
  track,
  withKey,
} from '../support/commands.ts';
import { by, listOf } from '../support/lists.ts';
import { readLedger } from '../support/sqlite-store.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anaquel-inventory-'));
});
beforeEach(async () => {
  path = join(await mkdtemp(join(folder, 'shop-')), 'inventory.db');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `work` with the migrations of the database; nothing else has it open. */
async function migrating<Result>(
  work: (
    migrations: ReturnType<typeof createMigrations>,
    database: DatabaseSync,
  ) => Promise<Result>,
): Promise<Result> {
  const database = openSqlite(path);
  const migrations = join(import.meta.dirname, '../../migrations/sqlite');
  try {
    return await work(
      createMigrations({ database, folder: migrations, service: 'inventory' }),
      database,
    );
  } finally {
    database.close();
  }
}

async function withStore<Result>(
  work: (store: ReturnType<typeof createSqliteLedgerStore>) => Result,
): Promise<Result> {
  const database = openSqlite(path);
  try {
    return work(createSqliteLedgerStore(database));
  } finally {
    database.close();
  }
}

function schemaOf(database: DatabaseSync): unknown[] {
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
  // The other tables belong to the migrator.
  return rows.filter(({ name }) => !String(name).includes('schema_'));
}

const schema = (): Promise<unknown[]> => migrating(async (_, database) => schemaOf(database));

async function schemaOfFirstRelease(): Promise<unknown[]> {
  const migrations = join(folder, 'first-release');
  const file = '0001-ledger.ts';
  await mkdir(migrations);
  await symlink(join(import.meta.dirname, '../../migrations/sqlite', file), join(migrations, file));
  const database = openSqlite(join(folder, 'old.db'));
  await createMigrations({ database, folder: migrations, service: 'inventory' }).up();
  const rows = schemaOf(database);
  database.close();
  return rows;
}

/** Reverts migrations until this one is the latest. */
const goBackTo = (name: string): Promise<void> =>
  migrating(async (migrations) => {
    const all = await migrations.status();
    for (const { name: latest } of all.filter(({ state }) => state === 'applied').toReversed()) {
      if (latest === name) return;
      expect(await migrations.down()).toEqual([latest]);
    }
  });

const sold = sale([
  { productId: 1, quantity: 2 },
  { productId: 2, quantity: 1 },
]);

test('a database of the first release is migrated to reservations, back, and forward again, with its data', async () => {
  await migrating((migrations) => migrations.up());
  const whole = await schema();
  await goBackTo('0001-ledger');
  const old = await schema();
  expect(old).toEqual(await schemaOfFirstRelease());

  // Rows as the code of the first release wrote them.
  const database = openSqlite(path);
  database.exec(`
    INSERT INTO levels VALUES (1, 'main', 8, 0, 3, 2, 2, '${after(1)}'), (2, 'main', 9, 0, NULL, 2, 2, '${after(1)}');
    INSERT INTO movements VALUES
      (1, 1, 'main', 1, 'count', 10, 0, 10, 0, NULL, NULL, 'ana', '${after(0)}'),
      (2, 2, 'main', 1, 'count', 10, 0, 10, 0, NULL, NULL, 'ana', '${after(0)}'),
      (3, 1, 'main', 2, 'sale', -2, 0, 8, 0, '${sold.id}', NULL, 'ana', '${after(1)}'),
      (4, 2, 'main', 2, 'sale', -1, 0, 9, 0, '${sold.id}', NULL, 'ana', '${after(1)}');`);
  const lines = sold.purchase?.lines.map((line) => ({ ...line, availableAfter: 8 }));
  database
    .prepare(`INSERT INTO purchases VALUES (?, NULL, 'USD', 2, 750, ?, 'till', 'ana', ?, 3, 4)`)
    .run(sold.id, JSON.stringify(lines), after(1));
  database.close();

  await migrating((migrations) => migrations.up());
  expect(await schema()).toEqual(whole);
  const confirmed = reserve([{ productId: 1, quantity: 5 }]);
  const live = reserve([{ productId: 2, quantity: 1 }]);
  const commands = [
    confirmed,
    command([giveBack(sold.id, 1, 2)]),
    command([giveBack(sold.id, 1, 1)]),
    command([confirm(confirmed.id)]),
    live,
    command([track(3, 1)]),
  ];
  const outcomes = await withStore((store) => store.commitBatch(commands));
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false, true, true, true]);
  const reader = readLedger(path, () => new Date(after(2)));
  const { items: numbered } = await reader.purchases(listOf({ sort: [by('createdAt')] }));
  expect(numbered.map(({ number, id }) => [number, id])).toEqual([
    [1, sold.id],
    [2, commands[3]?.id],
  ]);
  expect(await reader.movement(3)).toMatchObject({ reservationId: null, madeLow: false });
  expect(await reader.movement(5)).toMatchObject({ reservationId: confirmed.id, madeLow: true });
  expect(await reader.level(1, 'main')).toMatchObject({ onHand: 5, reserved: 0 });
  expect(await reader.audit()).toMatchObject({ clean: true, disagreements: [] });
  await reader.close();

  // With a live hold the migration can't be reverted: without its reservation it would never end.
  await goBackTo('0002-reservations');
  await expect(goBackTo('0001-ledger')).rejects.toThrow('reservations hold stock');
  await migrating((migrations) => migrations.up());
  await withStore((store) => store.commitBatch([command([release(live.id)])]));
  const before = readLedger(path, () => new Date(after(2)));
  const movements = await before.movements(listOf());
  await before.close();

  // The revert deletes reservations, and nothing older.
  await goBackTo('0001-ledger');
  expect(await schema()).toEqual(old);
  await migrating((migrations) => migrations.up());
  expect(await schema()).toEqual(whole);
  const again = readLedger(path, () => new Date(after(2)));
  const log = await again.movements(listOf());
  const forgotten = {
    reservationId: null,
    madeLow: false,
    crossing: null,
    reservationChange: null,
  };
  expect(log.items).toEqual(movements.items.map((one) => ({ ...one, ...forgotten })));
  expect(await again.level(1, 'main')).toMatchObject({ onHand: 5, reserved: 0 });
  await again.close();
});

describe('a table of purchases in the order of their numbers', () => {
  const BEFORE = '0013-kept-purchase-keys';
  const lines = [{ productId: 1, quantity: 2 }];
  const second = sale(lines, { at: after(2), owner: 'gateway/shopper:1' });
  const requests = [
    withKey(sale(lines, { at: after(1) }), 'one'),
    { ...second, purchase: { ...second.purchase, reference: 'order-2' } },
    // Its id is before those that got their numbers earlier.
    withKey(sale(lines, { at: after(0) }), 'three'),
  ];

  const purchases = (): Promise<unknown[]> =>
    migrating(async (_, database) =>
      database.prepare('SELECT * FROM purchases ORDER BY first_position').all(),
    );

  beforeEach(async () => {
    await migrating((migrations) => migrations.up());
    await goBackTo(BEFORE);
    await withStore((store) => {
      store.commitBatch([command([track(1, 100)])]);
      for (const request of requests) store.commitBatch([request]);
    });
  });

  test('has the rows of the table before, as has the table that comes back, and their keys', async () => {
    const [before, schemaBefore] = [await purchases(), await schema()];
    expect(before).toMatchObject([
      { number: 1 },
      { number: 2, reference: 'order-2' },
      { number: 3 },
    ]);
    await migrating((migrations) => migrations.up());
    const schemaAfter = await schema();
    expect(await purchases()).toEqual(before);
    await goBackTo(BEFORE);
    expect(await purchases()).toEqual(before);
    expect(await schema()).toEqual(schemaBefore);
    await migrating((migrations) => migrations.up());
    expect(await purchases()).toEqual(before);
    expect(await schema()).toEqual(schemaAfter);

    const again = requests.map((request) => ({ ...request, id: nextId() }));
    const outcomes = await withStore((store) => store.commitBatch(again));
    expect(outcomes).toMatchObject([
      { replayed: true, result: { purchase: { id: requests[0]?.id, number: 1 } } },
      { replayed: false, result: { purchase: { number: 4 } } },
      { replayed: true, result: { purchase: { id: requests[2]?.id, number: 3 } } },
    ]);
    const reader = readLedger(path, () => new Date(after(3)));
    expect(await reader.audit()).toMatchObject({ clean: true, purchases: 4 });
    await reader.close();
  });

  test('keeps a purchase that has lost its number, behind all others', async () => {
    await migrating(async (migrations, database) => {
      database.exec('UPDATE purchases SET number = NULL WHERE number = 2');
      await migrations.up();
    });
    expect(await purchases()).toMatchObject([{ number: 1 }, { number: 4 }, { number: 3 }]);
    const reader = readLedger(path, () => new Date(after(3)));
    const { disagreements } = await reader.audit();
    expect(disagreements[0]).toMatchObject({
      rule: 'number-gapless',
      expected: '2 (position 3)',
      actual: '4 (position 3)',
    });
    await reader.close();
  });
});
