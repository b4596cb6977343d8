import { execFile, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import {
  beginOn,
  createTestDatabase,
  hasPostgres,
  runOn,
  type TestDatabase,
} from '@anaquel/runtime/postgres-server';
import { openSqlite, tryLockDatabase } from '@anaquel/runtime/sql';
import { createPostgres } from '@anaquel/runtime/postgres';
import { times } from '@anaquel/runtime/soak-counts';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { databaseCopy as inventoryCopy } from '../../services/inventory/src/service.ts';
import { databaseCopy as productsCopy } from '../../services/products/src/service.ts';
import { serviceNames, type ServiceName } from '../../services/manifest.ts';
import {
  createPostgresCopyConnection,
  createSqliteCopyConnection,
} from '../copy/copy-connection.ts';
import { copyData } from '../copy/copy-data.ts';
import { forgottenParts } from '../copy/copy-rows.ts';
import { migrateUp } from '../open-migrations.ts';
import { projectFolder, type DatabasePlace } from '../settings.ts';
import { verifyLedger } from '../verify-ledger.ts';
import { openCopyShop, trade, type CopyShop } from './copy-shop.ts';
import { KEY, startServiceOn } from './start-service.ts';

const RELEASES = join(projectFolder, 'services/inventory/test/fixtures/releases');
const releases = readdirSync(RELEASES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Recording {
  readonly recordedAt: string;
  readonly requests: readonly {
    readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    readonly url: string;
    readonly as: string;
    readonly key: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: object;
    readonly answer: { readonly status: number; readonly body: object | null };
  }[];
}

/** Of what is traded in a shop. */
const SEEDS = Array.from({ length: times({ test: 1, soak: 5 }) }, (_, index) => index + 1);

const COPIES = { products: productsCopy, inventory: inventoryCopy };

describe.skipIf(!hasPostgres)('a copy between SQLite and PostgreSQL', { timeout: 240_000 }, () => {
  let folder: string;
  let databases: Record<ServiceName, TestDatabase>;
  let shop: CopyShop | null = null;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'anaquel-copy-'));
    databases = { products: await createTestDatabase(), inventory: await createTestDatabase() };
  });
  afterEach(async () => {
    await shop?.close();
    shop = null;
    rmSync(folder, { recursive: true, force: true });
    await Promise.all(Object.values(databases).map((database) => database.drop()));
  });

  const pathOf = (name: ServiceName, version: string) => join(folder, `${name}-${version}.db`);
  const inFile = (name: ServiceName, version: string): DatabasePlace => ({
    database: { kind: 'sqlite', path: pathOf(name, version) },
    databaseSetting: '--from',
  });
  const onServer = (name: ServiceName): DatabasePlace => ({
    database: { kind: 'postgres', url: databases[name].url },
    databaseSetting: '--to',
  });

  async function copyBoth(from: (name: ServiceName) => DatabasePlace, to: typeof from) {
    for (const name of serviceNames) await copyData(name, from(name), to(name), () => {});
  }

  async function openOnFiles(version: string): Promise<CopyShop> {
    for (const name of serviceNames) await migrateUp(name, inFile(name, version));
    const url = (name: ServiceName) => `file:${pathOf(name, version)}`;
    shop = await openCopyShop({ products: url('products'), inventory: url('inventory') }, folder);
    return shop;
  }

  async function openOnServer(): Promise<CopyShop> {
    const { products, inventory } = databases;
    shop = await openCopyShop({ products: products.url, inventory: inventory.url }, folder);
    return shop;
  }

  async function close(): Promise<void> {
    await shop?.close();
    shop = null;
  }

  /** All rows that are copied, without what a copy may change. */
  function contentOf(name: ServiceName, version: string): Record<string, unknown[]> {
    const database = openSqlite(pathOf(name, version), { readOnly: true });
    try {
      const tables = COPIES[name].tables.map((table) => {
        const query = `select * from "${table.name}" order by ${typeof table.order === 'string' ? table.order : table.order.sqlite}`;
        const rows = database.prepare(query).all();
        for (const row of rows) for (const column of ['number', 'unadopted']) delete row[column];
        return [table.name, rows] as const;
      });
      return Object.fromEntries(tables);
    } finally {
      database.close();
    }
  }

  test.each(serviceNames)('forgets no table and no column of %s', async (name) => {
    await migrateUp(name, inFile(name, 'layout'));
    await migrateUp(name, onServer(name));
    const database = openSqlite(pathOf(name, 'layout'));
    const postgres = createPostgres({ url: databases[name].url });
    const forgotten = async () =>
      forgottenParts(COPIES[name], {
        sqlite: await createSqliteCopyConnection(database).layout(),
        postgres: await createPostgresCopyConnection(postgres.reads).layout(),
      });
    try {
      expect(await forgotten()).toEqual([]);
      const first = COPIES[name].tables[0]?.name;
      database.exec(`alter table ${first} add column brand text; create table brands (id integer)`);
      expect(await forgotten()).toEqual([
        'the table brands of sqlite',
        `the column brand of ${first}`,
      ]);
    } finally {
      database.close();
      await postgres.close();
    }
  });

  test.each(SEEDS)(
    'brings all of a shop there and back, and it goes on as if nothing had happened: %i',
    async (seed) => {
      const first = await openOnFiles('first');
      const deals = await trade(first, 'here', seed);
      const { body: feed } = await first.send(events());
      await vi.waitFor(() => expect(first.published).toHaveLength(countOf(feed)), 30_000);
      await close();
      await copyBoth((name) => inFile(name, 'first'), onServer);
      await copyBoth(onServer, (name) => inFile(name, 'second'));
      for (const name of serviceNames)
        expect(contentOf(name, 'second')).toEqual(contentOf(name, 'first'));

      const there = await openOnServer();
      expect((await there.send(events())).body).toEqual(feed);
      for (const { sent, status, body } of deals)
        expect(await there.send(sent)).toEqual({ sent, status, body, isReplayed: true });
      const later = await trade(there, 'there', seed + 100);
      for (const name of serviceNames)
        await expect(
          copyData(name, onServer(name), inFile(name, 'third'), () => {}),
        ).rejects.toThrow(`The ${name} service runs on postgres://`);
      const { body: longer } = await there.send(events());
      // Only what came since.
      const news = countOf(longer) - countOf(feed);
      await vi.waitFor(() => expect(there.published).toHaveLength(news), 30_000);
      await close();
      expect(await verifyLedger(onServer('inventory').database)).toMatchObject({ clean: true });

      await copyBoth(onServer, (name) => inFile(name, 'third'));
      const back = await openOnFiles('third');
      expect((await back.send(events())).body).toEqual(longer);
      for (const { sent, status, body } of [...deals, ...later])
        expect(await back.send(sent)).toEqual({ sent, status, body, isReplayed: true });
      expect(back.published).toEqual([]);
    },
  );

  test.each(releases)('brings the records of release %s along', async (release) => {
    const file = join(RELEASES, release, 'inventory.db.gz');
    writeFileSync(pathOf('inventory', 'old'), gunzipSync(readFileSync(file)));
    const text = readFileSync(join(RELEASES, release, 'requests.json'), 'utf8');
    const recording = JSON.parse(text) as Recording;
    const { recordedAt, requests } = recording;
    await migrateUp('inventory', inFile('inventory', 'old'));
    const old = contentOf('inventory', 'old');
    await copyData('inventory', inFile('inventory', 'old'), onServer('inventory'), () => {});
    const service = await startServiceOn(
      databases.inventory.url,
      'inventory',
      folder,
      // Who has a record need not ask Products.
      { PRODUCTS_BASE_URL: 'http://127.0.0.1:1', ...keysOf(recording, folder) },
      { clock: () => new Date(Date.parse(recordedAt) + 60_000), sweeps: false },
    );
    try {
      for (const { method, url, as, key, headers, body: payload, answer } of requests) {
        const again = await service.app.inject({
          method,
          url,
          headers: { ...headers, 'idempotency-key': key, ...apiKeyOf(as) },
          ...(payload !== undefined && { payload }),
        });
        expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([
          answer.status,
          'true',
        ]);
        if (answer.body !== null) expect(again.json()).toMatchObject(answer.body);
      }
    } finally {
      await service.close();
    }
    await copyData('inventory', onServer('inventory'), inFile('inventory', 'back'), () => {});
    expect({ ...contentOf('inventory', 'back'), relay_cursors: [] }).toEqual({
      ...old,
      relay_cursors: [],
    });
  });

  test('is refused between the wrong databases, and while a service runs', async () => {
    const file = inFile('inventory', 'one');
    const server = onServer('inventory');
    const copied = (from: DatabasePlace, to: DatabasePlace) =>
      copyData('inventory', from, to, () => {});
    await expect(copied(file, server)).rejects.toThrow(/^There is no database at \S+: nothing to/);
    await migrateUp('inventory', file);
    await expect(copied(file, file)).rejects.toThrow(/^Both ends of the copy are /);
    await expect(copied(file, inFile('inventory', 'two'))).rejects.toThrow(
      /^A copy leads from SQLite to PostgreSQL or back\./,
    );
    const lock = tryLockDatabase(pathOf('inventory', 'one'));
    const running = /^The inventory service runs on \S+, and what it does meanwhile would be lost/;
    await expect(copied(file, server)).rejects.toThrow(running);
    lock?.release();
    await migrateUp('inventory', server);
    await runOn(databases.inventory.url, `update leases set until_ms = ${2 ** 50}`);
    await expect(copied(file, server)).rejects.toThrow(running);
    await expect(copied(server, file)).rejects.toThrow(running);
    await runOn(
      databases.inventory.url,
      'update leases set until_ms = 0',
      `insert into levels values (1, 'main', 0, 0, null, 1, 1, '2026')`,
    );
    await expect(copied(file, server)).rejects.toThrow(
      'There is a shop in it already: its table levels has rows.',
    );
  });

  test('lets nobody write to its source meanwhile', async () => {
    const file = inFile('inventory', 'one');
    await migrateUp('inventory', file);
    fill(pathOf('inventory', 'one'), 10);
    const locks: unknown[] = [];
    await copyData('inventory', file, onServer('inventory'), () => {
      locks.push(tryLockDatabase(pathOf('inventory', 'one')));
    });
    expect(new Set(locks)).toEqual(new Set([null]));
    const { url } = databases.inventory;
    const writes: unknown[] = [];
    const changes = ['update log_head set position = 9', 'update leases set until_ms = 9'];
    await copyData('inventory', onServer('inventory'), inFile('inventory', 'two'), async () => {
      for (const change of changes) {
        const write = runOn(url, `set lock_timeout = '10ms'`, change);
        writes.push(await write.catch((error: Error) => error.message));
      }
    });
    expect(new Set(writes)).toEqual(new Set(['canceling statement due to lock timeout']));
  });

  test('that is killed has done nothing, and can be made again', async () => {
    const path = pathOf('inventory', 'large');
    await migrateUp('inventory', inFile('inventory', 'large'));
    fill(path, 2_500);
    const { url } = databases.inventory;
    const env = { PATH: process.env['PATH'], DATA_DIR: folder };
    const argsOf = (from: string, to: string) => [
      'tools/migrate.ts',
      'copy',
      'inventory',
      '--from',
      from,
      '--to',
      to,
    ];

    /** Kills a copy when the levels are there and the movements, which `lock` holds, are not. */
    async function kill(args: string[], lock: string): Promise<void> {
      const letGo = await beginOn(url, `lock table movements in ${lock} mode`);
      const killed = spawn(process.execPath, args, { cwd: projectFolder, env });
      for await (const text of killed.stdout) if (String(text).includes('levels, 1 of 1')) break;
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      await letGo();
    }

    const there = argsOf(`file:${path}`, url);
    await migrateUp('inventory', onServer('inventory'));
    await kill(there, 'share');
    expect(await runOn(url, 'select count(*) from levels')).toEqual([{ count: '0' }]);
    const again = await promisify(execFile)(process.execPath, there, { cwd: projectFolder, env });
    expect(again.stdout).toContain('inventory: movements, 2500 of 2500');
    expect(again.stdout).not.toContain('secret');
    expect(again.stdout).toMatch(
      /2500 movements, 1 level, 0 purchases\.\nEvery unit is explained\.\n$/,
    );

    await kill(argsOf(url, `file:${pathOf('inventory', 'back')}`), 'access exclusive');
    expect(contentOf('inventory', 'back')['levels']).toEqual([]);
    await copyData('inventory', onServer('inventory'), inFile('inventory', 'back'), () => {});
    expect(contentOf('inventory', 'back')).toEqual(contentOf('inventory', 'large'));
  });
});

function apiKeyOf(as: string): { readonly 'x-api-key'?: string } {
  if (as === 'anonymous') return {};
  return { 'x-api-key': as === 'master' ? KEY : as };
}

/** Each caller's key is its name, and it may do everything. */
function keysOf({ requests }: Recording, folder: string): { readonly KEYS_FILE: string } {
  const names = new Set(requests.map(({ as }) => as)).difference(new Set(['master', 'anonymous']));
  const scopes = ['inventory:read', 'inventory:write', 'purchases:write', 'internal'];
  const keys = [...names].map((name) => ({ name, scopes, sha256: hash('sha256', name) }));
  const KEYS_FILE = join(folder, 'keys.json');
  writeFileSync(KEYS_FILE, JSON.stringify({ keys }));
  return { KEYS_FILE };
}

/** A ledger with so many receipts of one product. */
function fill(path: string, movements: number): void {
  const database = openSqlite(path);
  const at = "'2026-01-01T00:00:00.000Z'";
  database.exec(`
    insert into levels values (1, 'main', ${movements}, 0, null, ${movements}, ${movements}, ${at});
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${movements})
      insert into movements (position, product_id, location, sequence, kind, on_hand_delta, reserved_delta, on_hand_after, reserved_after, actor, at)
      select n, 1, 'main', n, 'receipt', 1, 0, n, 0, 'somebody', ${at} from numbers`);
  database.close();
}

const events = () =>
  ({ service: 'inventory', method: 'GET', path: 'stock-events?page[size]=1000' }) as const;
const countOf = (feed: unknown): number => (feed as { data: unknown[] }).data.length;
