import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTestDatabase,
  hasPostgres,
  runOn,
  type TestDatabase,
} from '@anaquel/runtime/postgres-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { keepCopy } from '../keep-copy.ts';
import { migrateDown, migrateUp, readMigrationStatus } from '../open-migrations.ts';
import { readSettings, type Settings } from '../settings.ts';
import { verifyLedger } from '../verify-ledger.ts';

describe.skipIf(!hasPostgres)('the commands on PostgreSQL', () => {
  let place: TestDatabase;
  let folder: string;
  let settings: Settings;

  beforeEach(async () => {
    place = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'anaquel-commands-'));
    settings = settingsFor(place.url);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
    await place.drop();
  });

  function settingsFor(url: string): Settings {
    return readSettings({ DATA_DIR: folder, INVENTORY_DATABASE_URL: url });
  }
  const status = async ({ services }: Settings = settings) =>
    (await readMigrationStatus('inventory', services.inventory)).map(({ state }) => state);

  /** As a service that runs does. */
  async function holdLease(): Promise<void> {
    await runOn(
      place.url,
      'create table if not exists leases (name text primary key, holder text not null, epoch bigint not null, until_ms bigint not null)',
      "insert into leases values ('of a test', 'somebody', 1, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + 600000)",
    );
  }

  test('migrate an empty database, and take a migration back after keeping a copy', async () => {
    expect(new Set(await status())).toEqual(new Set(['pending']));
    const { inventory } = settings.services;
    const applied = await migrateUp('inventory', inventory);
    expect(applied.length).toBeGreaterThan(0);
    expect(await migrateUp('inventory', inventory)).toEqual([]);
    expect(new Set(await status())).toEqual(new Set(['applied']));
    let copy: string | null = null;
    const taken = await migrateDown('inventory', inventory, async () => {
      copy = await keepCopy('inventory', settings);
    });
    expect(taken).toEqual(applied.slice(-1));
    expect(copy).toMatch(/inventory\.\S+\.dump$/);
    expect(statSync(String(copy)).mode & 0o777).toBe(0o600);
    expect((await status()).at(-1)).toBe('pending');
  });

  test('take nothing back while a service runs, which is known by its lease', async () => {
    const { inventory } = settings.services;
    await migrateUp('inventory', inventory);
    await holdLease();
    const prepare = vi.fn<() => Promise<void>>();
    await expect(migrateDown('inventory', inventory, prepare)).rejects.toThrow(
      /^The inventory service runs on postgres:\/\/anaquel@127\.0\.0\.1:\d+\/\w+, and taking a migration back takes away what it reads: stop it first \(one that was killed counts as running for a few seconds\)\. Nothing was changed\.$/,
    );
    expect(prepare).not.toHaveBeenCalled();
    await runOn(place.url, 'update leases set until_ms = 0');
    expect(await migrateDown('inventory', inventory, async () => {})).toHaveLength(1);
  });

  test.each([
    ['is missing', null],
    ['is older than the server', '9.6.24'],
  ])('take nothing back when pg_dump %s', async (_, version) => {
    if (version !== null) {
      const program = join(folder, 'pg_dump');
      writeFileSync(program, `#!/bin/sh\necho 'pg_dump (PostgreSQL) ${version}'\n`);
      chmodSync(program, 0o755);
    }
    vi.stubEnv('PATH', folder);
    const before = readdirSync(folder);
    await expect(keepCopy('inventory', settings)).rejects.toThrow(
      version === null
        ? /^No copy could be kept, so nothing was done: There is no pg_dump on PATH: install the client programs of PostgreSQL 15 or newer/
        : /: The pg_dump on PATH is of PostgreSQL 9, and the server of 15: install/,
    );
    expect(readdirSync(folder)).toEqual(before);
  });

  test('replay the ledger, and name what disagrees', async () => {
    const { database } = settings.services.inventory;
    await expect(verifyLedger(database)).rejects.toThrow(/Run: npm run migrate -- up inventory /);
    await migrateUp('inventory', settings.services.inventory);
    await runOn(
      place.url,
      `insert into levels values (7, 'main', 5, 0, null, 1, 1, '2026-01-01T00:00:00.000Z')`,
      `insert into movements (position, product_id, location, sequence, kind, on_hand_delta, reserved_delta, on_hand_after, reserved_after, made_low, actor, at)
        values (1, 7, 'main', 1, 'receipt', 5, 0, 5, 0, 0, 'somebody', '2026-01-01T00:00:00.000Z')`,
    );
    expect(await verifyLedger(database)).toEqual({
      clean: true,
      lines: [
        'Checked up to position 1: 1 movement, 1 level, 0 purchases.',
        'Every unit is explained.',
      ],
    });
    await runOn(place.url, 'update levels set on_hand = 6');
    expect((await verifyLedger(database)).lines).toContain(
      'level-on-hand: product 7: expected 5, found 6',
    );
  });

  test('say in one line what to do about a database that cannot be used, without the password', async () => {
    await runOn(place.url, "create role stranger login password 'secret'");
    try {
      const refusals = await Promise.all(
        [
          place.url.replace(/\/\w+$/, '/none'),
          place.url.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'),
          place.url.replace('anaquel:', 'nobody:'),
          place.url.replace('anaquel:', 'stranger:'),
        ].map((url) =>
          migrateUp('inventory', settingsFor(url).services.inventory).catch(
            (error: Error) => error.message,
          ),
        ),
      );
      expect(refusals).toEqual([
        `The inventory database can't be used: database "none" does not exist. Create the database, or correct INVENTORY_DATABASE_URL: docs/postgresql.md has the commands.`,
        `The inventory database can't be used: connect ECONNREFUSED 127.0.0.1:1. Check that PostgreSQL runs, and INVENTORY_DATABASE_URL.`,
        `The inventory database can't be used: role "nobody" does not exist. Check the user and the password in INVENTORY_DATABASE_URL.`,
        `The migration failed and nothing was changed: permission denied for schema public. Make the user in INVENTORY_DATABASE_URL the owner of its database: docs/postgresql.md has the commands.`,
      ]);
      expect(refusals.join()).not.toContain('secret');
    } finally {
      await runOn(place.url, 'drop role stranger');
    }
  });
});
