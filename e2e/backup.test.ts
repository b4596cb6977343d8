import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isWholeSoak } from '@anaquel/runtime/soak-counts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from '../bench/load.ts';
import { API_KEY } from '../bench/shop.ts';
import { backUp } from '../tools/backup/back-up.ts';
import { restore } from '../tools/backup/restore.ts';
import { projectFolder, readSettings, type Settings } from '../tools/settings.ts';
import { verifyLedger } from '../tools/verify-ledger.ts';
import { startServices, type Services } from './services.ts';
import { resourceIn } from './stocked-shop.ts';
import { databaseFile } from '../tools/test/database-file.ts';

// A backup of a shop that sells all the while, and what comes back from it.

const UNITS = 10_000_000;
const PICTURE = Buffer.from('RIFF0000WEBP of a mug');

let shop: Services;
let settings: Settings;
let folder: string;
let backup: string;
/** Where the picture of the first product is. */
let imageUrl: string;

beforeAll(async () => {
  shop = await startServices({ demo: true, keys: { products: API_KEY, inventory: API_KEY } });
  settings = readSettings({ DATA_DIR: shop.dataFolder });
  folder = mkdtempSync(join(tmpdir(), 'anaquel-backup-'));
  backup = join(folder, 'backup');
  const body = { quantity: UNITS };
  const headers = { 'content-type': 'application/json' };
  await shop.call('inventory', { method: 'PUT', path: '/inventory/1', headers, body });
  imageUrl = await showPicture();
});
afterAll(async () => {
  await shop?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Gives the first product a picture of the shop's own. */
async function showPicture(): Promise<string> {
  const headers = { 'content-type': 'application/vnd.api+json' };
  const sent = await shop.call('products', {
    method: 'POST',
    path: '/api/v1/product-pictures',
    headers,
    body: {
      data: { type: 'product-pictures', attributes: { content: PICTURE.toString('base64') } },
    },
  });
  const url = `/api/v1/product-pictures/${resourceIn(sent).id}/content`;
  const data = { type: 'products', id: '1', attributes: { imageUrl: url } };
  const path = '/api/v1/products/1';
  const answer = await shop.call('products', { method: 'PATCH', path, headers, body: { data } });
  expect(answer).toMatchObject({ status: 200 });
  return url;
}

async function buy(key: string): Promise<{ status: number; text: string }> {
  const lines = [{ productId: '1', quantity: 1 }];
  return shop.call('inventory', {
    method: 'POST',
    path: '/api/v1/purchases',
    headers: { 'content-type': 'application/vnd.api+json', 'idempotency-key': key },
    body: { data: { type: 'purchases', attributes: { lines } } },
  });
}

interface FeedPage {
  readonly data: { attributes: { position: number; event: { id: string; source: string } } }[];
  readonly meta: { page: { head: number } };
}

/** Sells as much as the machine carries, until what it gives is called. */
function beginSelling(): () => Promise<unknown> {
  const atWork = new AbortController();
  const lines = [{ productId: '1', quantity: 1 }];
  const body = { data: { type: 'purchases', attributes: { lines } } };
  const next = () => ({ path: '/api/v1/purchases', body });
  const selling = load([shop.origins.inventory], { method: 'POST', next }, atWork.signal);
  // The end reports the failure.
  selling.catch(() => {});
  return () => {
    atWork.abort();
    return selling;
  };
}

async function head(): Promise<number> {
  return (await eventsAfter(Number.MAX_SAFE_INTEGER)).meta.page.head;
}

/** The last position of a ledger in a file. */
function headOf(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare('select max(position) as head from movements').get();
  database.close();
  return Number(row?.['head']);
}

async function eventsAfter(position: number): Promise<FeedPage> {
  const path = `/api/v1/stock-events?page[after]=${position}&page[size]=1000`;
  const { text } = await shop.call('inventory', { method: 'GET', path });
  return JSON.parse(text) as FeedPage;
}

test('a backup of a selling shop ends, is whole, private, and of one moment', async () => {
  const endSelling = beginSelling();
  await expect.poll(head, { timeout: 60_000 }).toBeGreaterThan(1_000);
  const before = { head: await head(), atMs: performance.now() };
  await backUp(backup, settings);
  const after = { head: await head(), atMs: performance.now() };
  await endSelling();
  const rate = ((after.head - before.head) / (after.atMs - before.atMs)) * 1_000;
  if (isWholeSoak) console.log(`A backup beside ${Math.round(rate)} purchases a second`);
  const copied = headOf(join(backup, 'inventory.db'));
  expect(copied).toBeGreaterThanOrEqual(before.head);
  expect(copied).toBeLessThanOrEqual(after.head);
  expect(readdirSync(backup).sort()).toEqual(['inventory.db', 'manifest.json', 'products.db']);
  expect(statSync(backup).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(backup))
    expect(statSync(join(backup, name)).mode & 0o777).toBe(0o600);
  expect(await verifyLedger({ kind: 'sqlite', path: join(backup, 'inventory.db') })).toMatchObject({
    clean: true,
  });
  expect(readdirSync(backup)).toHaveLength(3);
});

test('a backup on a full disk leaves nothing, and the shop sells on', async () => {
  const target = join(folder, 'full');
  // No file may grow beyond 32 KiB; who writes more is told so instead of being killed.
  const script = `trap '' XFSZ; ulimit -f 64; exec "$0" tools/backup.ts "$1"`;
  const { PATH } = process.env;
  const child = spawn('sh', ['-c', script, process.execPath, target], {
    cwd: projectFolder,
    env: { PATH, DATA_DIR: shop.dataFolder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = await once(child, 'close');
  expect([code, output]).toEqual([
    1,
    expect.stringMatching(/^No backup could be made in .+ Nothing of it was kept, and the shop/),
  ]);
  expect(readdirSync(target)).toEqual([]);
  expect((await buy('after-the-full-disk')).status).toBe(201);
});

test('a folder that has something is refused, and keeps it', async () => {
  const before = readdirSync(backup);
  await expect(backUp(backup, settings)).rejects.toThrow("isn't empty");
  expect(readdirSync(backup)).toEqual(before);
});

test('a copy that fails leaves nothing that could be taken for a backup', async () => {
  const broken = readSettings({ DATA_DIR: join(folder, 'broken') });
  cpSync(backup, join(folder, 'broken'), { recursive: true });
  writeFileSync(join(folder, 'broken', 'products.db'), 'no database');
  const target = join(folder, 'half');
  await expect(backUp(target, broken)).rejects.toThrow(
    /^No backup could be made in .+ Nothing of it was kept/,
  );
  expect(readdirSync(target)).toEqual([]);
});

test('a restore refuses a running service, data that is there, and what is no whole backup', async () => {
  await expect(restore(backup, settings)).rejects.toThrow('stop it first. Nothing was restored.');
  const there = readSettings({ DATA_DIR: join(folder, 'there') });
  cpSync(backup, join(folder, 'there'), { recursive: true });
  await expect(restore(backup, there)).rejects.toThrow('is there already');

  const target = readSettings({ DATA_DIR: join(folder, 'target') });
  const half = join(folder, 'without-manifest');
  cpSync(backup, half, { recursive: true });
  rmSync(join(half, 'manifest.json'));
  await expect(restore(half, target)).rejects.toThrow(
    'is no whole backup: it has no manifest.json.',
  );
  const changed = join(folder, 'changed');
  cpSync(backup, changed, { recursive: true });
  writeFileSync(join(changed, 'products.db'), 'changed');
  await expect(restore(changed, target)).rejects.toThrow("isn't what was backed up");
  expect(existsSync(databaseFile(target.services.inventory))).toBe(false);
});

test('a restore that was killed between its two databases can be made again, as it says', async () => {
  const target = readSettings({ DATA_DIR: join(folder, 'interrupted') });
  const files = {
    products: databaseFile(target.services.products),
    inventory: databaseFile(target.services.inventory),
  };
  mkdirSync(join(folder, 'interrupted'));
  cpSync(join(backup, 'products.db'), files.products);
  // What it had not yet put into its place has another shop's log of changes beside it.
  const draft = `${files.inventory}.restoring`;
  const other = new DatabaseSync(draft);
  other.exec('pragma journal_mode = wal; create table leftovers (id integer)');
  cpSync(`${draft}-wal`, `${draft}-kept`);
  other.close();
  renameSync(`${draft}-kept`, `${draft}-wal`);
  await expect(restore(backup, target)).rejects.toThrow(
    /products\.db is there already\. .* There is no database of inventory: if a restore was interrupted, it left this one alone, which may go\.$/,
  );
  rmSync(files.products);
  await restore(backup, target);
  expect(await verifyLedger(target.services.inventory.database)).toMatchObject({ clean: true });
  expect(readdirSync(join(folder, 'interrupted')).filter((name) => /restoring/.test(name))).toEqual(
    [],
  );
});

test('a restore refuses databases that do not belong together', async () => {
  const source = join(folder, 'pair');
  cpSync(backup, source, { recursive: true });
  const database = new DatabaseSync(join(source, 'products.db'));
  database.exec("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'products'");
  database.close();
  rmSync(join(source, 'manifest.json'));
  const pair = join(folder, 'pair-backup');
  await backUp(pair, readSettings({ DATA_DIR: source }));
  const target = readSettings({ DATA_DIR: join(folder, 'target') });
  await expect(restore(pair, target)).rejects.toThrow(
    /Inventory knows product \d+, and Products has given ids up to 0/,
  );
  expect(existsSync(databaseFile(target.services.inventory))).toBe(false);
});

test('a restored shop shows its pictures and sells on, and no consumer takes its new events for old ones', async () => {
  const seen = await eventsAfter(0);
  const lost = await eventsAfter(seen.meta.page.head - 1);
  await shop.stop('inventory');
  await shop.stop('products');
  for (const file of readdirSync(shop.dataFolder))
    if (/\.db/.test(file)) rmSync(join(shop.dataFolder, file));
  await restore(backup, settings);
  expect(await verifyLedger(settings.services.inventory.database)).toMatchObject({
    clean: true,
  });
  await shop.start('products');
  await shop.start('inventory');
  const product = await shop.call('products', { path: '/api/v1/products/1' });
  expect(resourceIn(product).attributes).toMatchObject({ imageUrl });
  const picture = await fetch(`${shop.origins.products}${imageUrl}`);
  expect(await picture.text()).toBe(PICTURE.toString());

  expect(await head()).toBeLessThan(seen.meta.page.head);
  const endSelling = beginSelling();
  await expect.poll(head, { timeout: 60_000 }).toBeGreaterThan(seen.meta.page.head);
  await endSelling();
  const [again] = (await eventsAfter(seen.meta.page.head - 1)).data;
  const [before] = lost.data;
  // The same position and id, of another event: its source tells it apart.
  expect(again?.attributes.event.id).toBe(before?.attributes.event.id);
  expect(again?.attributes.event.source).not.toBe(before?.attributes.event.source);
  // The relay, too, begins at the beginning of the new log.
  const source = again?.attributes.event.source ?? '';
  await expect
    .poll(() => shop.log('inventory'), { timeout: 60_000 })
    .toContain(`"id":"inventory/1","source":"${source}"`);
});
