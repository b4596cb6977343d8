import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTestDatabase,
  hasPostgres,
  runOn,
  type TestDatabase,
} from '@anaquel/runtime/postgres-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serviceNames, type ServiceName } from '../../services/manifest.ts';
import { backUp } from '../backup/back-up.ts';
import { restore } from '../backup/restore.ts';
import { restoreDump } from '../backup/restore-dump.ts';
import { migrateUp } from '../open-migrations.ts';
import { readSettings, type Settings } from '../settings.ts';
import { verifyLedger } from '../verify-ledger.ts';
import { openCopyShop, pictureOf, PICTURES, trade, type CopyShop } from './copy-shop.ts';

const programs = spawnSync('sh', ['-c', 'command -v pg_dump'], { encoding: 'utf8' }).stdout.trim();
if (programs === '')
  console.warn(
    'There is no pg_dump on PATH, so the tests of backups of PostgreSQL are SKIPPED. Install postgresql-client.',
  );

type Databases = Record<ServiceName, TestDatabase>;

describe.skipIf(!hasPostgres || programs === '')(
  'a backup of databases on PostgreSQL',
  { timeout: 240_000 },
  () => {
    let folder: string;
    let sources: Databases;
    let targets: Databases;
    let shop: CopyShop | null;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'anaquel-dump-'));
      const both = async () => ({
        products: await createTestDatabase(),
        inventory: await createTestDatabase(),
      });
      [sources, targets, shop] = [await both(), await both(), null];
      for (const name of serviceNames) await migrateUp(name, settingsFor(sources).services[name]);
    });
    afterEach(async () => {
      vi.unstubAllEnvs();
      await shop?.close();
      rmSync(folder, { recursive: true, force: true });
      for (const databases of [sources, targets])
        await Promise.all(serviceNames.map((name) => databases[name].drop()));
    });

    function settingsFor({ products, inventory }: Databases): Settings {
      return readSettings({
        DATA_DIR: folder,
        PRODUCTS_DATABASE_URL: products.url,
        INVENTORY_DATABASE_URL: inventory.url,
      });
    }

    async function open({ products, inventory }: Databases): Promise<CopyShop> {
      shop = await openCopyShop({ products: products.url, inventory: inventory.url }, folder);
      return shop;
    }

    async function close(): Promise<void> {
      await shop?.close();
      shop = null;
    }

    const feed = (of: CopyShop) =>
      of.send({ service: 'inventory', method: 'GET', path: 'stock-events?page[size]=1000' });

    interface Feed {
      readonly data: { attributes: { event: { id: string; source: string } } }[];
    }
    const eventsOf = async (of: CopyShop) =>
      ((await feed(of)).body as Feed).data.map(({ attributes }) => attributes.event);

    test('is taken from a shop that sells, and put back as another log', async () => {
      const backup = join(folder, 'backup');
      const before = await open(sources);
      await trade(before, 'before', 1);
      // A program that notes what it is called with.
      const calls = join(folder, 'calls');
      writeFileSync(
        join(folder, 'pg_dump'),
        `#!/bin/sh\necho "$@" >> '${calls}'\nexec '${programs}' "$@"\n`,
      );
      chmodSync(join(folder, 'pg_dump'), 0o755);
      vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
      const selling = trade(before, 'meanwhile', 2);
      const files = await backUp(backup, settingsFor(sources));
      await selling;
      expect(files.map(({ kind }) => kind)).toEqual(['postgres', 'postgres']);
      expect(readdirSync(backup).sort()).toEqual([
        'inventory.dump',
        'manifest.json',
        'products.dump',
      ]);
      for (const name of readdirSync(backup))
        expect(statSync(join(backup, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(calls, 'utf8')).not.toContain('secret');
      const old = await eventsOf(before);
      await close();

      await restore(backup, settingsFor(targets));
      expect(await verifyLedger(settingsFor(targets).services.inventory.database)).toMatchObject({
        clean: true,
      });
      const after = await open(targets);
      const again = await eventsOf(after);
      expect(again.length).toBeGreaterThan(10);
      expect(again.map(({ id }) => id)).toEqual(old.slice(0, again.length).map(({ id }) => id));
      expect(again[0]?.source).not.toBe(old[0]?.source);
      await vi.waitFor(() => expect(after.published).toHaveLength(again.length), 30_000);
      const picture = pictureOf(PICTURES);
      const id = createHash('sha256').update(picture).digest('hex');
      const path = `product-pictures/${id}/content`;
      expect(await after.send({ service: 'products', method: 'GET', path })).toMatchObject({
        status: 200,
        body: picture,
      });
      await trade(after, 'after', 3);
    });

    test('refuses what runs, what is there, and what does not belong together', async () => {
      const backup = join(folder, 'backup');
      const missing = settingsFor(targets);
      await expect(backUp(backup, missing)).rejects.toThrow(
        /^There is no database of inventory at postgres:\/\/\S+: nothing to back up\.$/,
      );
      expect(existsSync(backup)).toBe(false);
      await backUp(backup, settingsFor(sources));
      await expect(restore(backup, settingsFor(sources))).rejects.toThrow(
        /^There are tables in postgres:\/\/\S+ already\. .* Nothing was restored\.$/,
      );
      await runOn(sources.products.url, `update leases set until_ms = ${2 ** 50}`);
      await expect(restore(backup, settingsFor(sources))).rejects.toThrow(
        /^The products service runs on postgres:\/\/\S+: stop it first\. Nothing was restored\.$/,
      );
      await expect(restore(backup, readSettings({ DATA_DIR: folder }))).rejects.toThrow(
        'The backup of products is of a database on PostgreSQL, and PRODUCTS_DATABASE_URL names none',
      );
      const manifest = join(backup, 'manifest.json');
      const text = readFileSync(manifest, 'utf8');
      writeFileSync(manifest, text.replace('"highestProduct": 0', '"highestProduct": 7'));
      await expect(restore(backup, settingsFor(targets))).rejects.toThrow(
        'Inventory knows product 7, and Products has given ids up to 0. Nothing was restored.',
      );
    });

    test('that is not put back to its end leaves nothing behind', async () => {
      const backup = join(folder, 'backup');
      await backUp(backup, settingsFor(sources));
      const { url } = targets.inventory;
      const tables = `select count(*) from information_schema.tables where table_schema = 'public'`;
      const place = { url, setting: 'INVENTORY_DATABASE_URL' };
      const begun = await restoreDump('inventory', join(backup, 'inventory.dump'), place);
      await begun.end();
      expect(await runOn(url, tables)).toEqual([{ count: '0' }]);
      const broken = join(backup, 'broken.dump');
      writeFileSync(broken, readFileSync(join(backup, 'inventory.dump')).subarray(0, 5_000));
      await expect(restoreDump('inventory', broken, place)).rejects.toThrow(
        /^Nothing was restored to postgres:\/\/\S+: pg_restore failed: /,
      );
      expect(await runOn(url, tables)).toEqual([{ count: '0' }]);
      const whole = await restoreDump('inventory', join(backup, 'inventory.dump'), place);
      await whole.publish();
      await whole.end();
      expect(await verifyLedger({ kind: 'postgres', url })).toMatchObject({ clean: true });
    });
  },
);
