import { execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { withinMs } from '@anaquel/runtime/soak-counts';
import { lockedPackages } from '../tools/lockfile.ts';
import { writeRelease } from '../tools/release/write-release.ts';
import { projectFolder } from '../tools/settings.ts';
import { startShop, whatIsLeft, type Shop } from './shop.ts';

const MB = 1_000_000;

let work: string;
let archive: string;
const running = new Set<Shop>();

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'anaquel-release-'));
  archive = await writeRelease(join(work, 'release'));
});

afterEach(async () => {
  for (const shop of running) await stop(shop);
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Returns the folder of what is unpacked. */
function unpack(name: string): string {
  const folder = join(work, name);
  mkdirSync(folder);
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  return join(folder, basename(archive, '.tar.gz'));
}

function bytesIn(folder: string): number {
  return globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((file) => file.isFile())
    .reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

/** What a user has who never ran the project: nothing that npm keeps, and the Node given. */
function freshUser(node: string): Record<string, string> {
  const home = mkdtempSync(join(work, 'home-'));
  return { HOME: home, PATH: [dirname(node), process.env['PATH'] ?? ''].join(delimiter) };
}

/** Also what comes through a slow network is waited for. */
const patienceMs = 300_000;

async function started(folder: string, env: Record<string, string>): Promise<Shop> {
  const shop = await startShop(folder, { env, patienceMs });
  running.add(shop);
  await shop.ready();
  return shop;
}

async function stop(shop: Shop): Promise<void> {
  running.delete(shop);
  const family = shop.pids();
  shop.npm.kill('SIGTERM');
  expect(await shop.exited).toBe(0);
  expect(await whatIsLeft(shop, family)).toEqual([]);
}

/** Buys one of the first product, and returns the address of the purchase. */
async function buy(shop: Shop): Promise<string> {
  const bought = await fetch(`http://127.0.0.1:${shop.ports.inventory}/api/v1/purchases`, {
    method: 'POST',
    headers: {
      'content-type': 'application/vnd.api+json',
      'idempotency-key': 'of-the-release',
      'x-api-key': keyOf(shop),
    },
    body: JSON.stringify({
      data: { type: 'purchases', attributes: { lines: [{ productId: '1', quantity: 1 }] } },
    }),
  });
  expect(bought.status).toBe(201);
  return bought.headers.get('location') ?? '';
}

function keyOf({ folder }: Shop): string {
  return /^INVENTORY_API_KEY=(.*)$/m.exec(readFileSync(join(folder, '.env'), 'utf8'))?.[1] ?? '';
}

function run(folder: string, env: Record<string, string>, ...args: string[]): string {
  return execFileSync('npm', ['run', ...args], { cwd: folder, env, encoding: 'utf8' });
}

/** The first Node in the PATH that is too old to run the project. */
function oldNodes(): string[] {
  const nodes = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path));
  const old = nodes.find((path) => {
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' });
    return Number(/^v(\d+)/.exec(version)?.[1]) < 24;
  });
  return old === undefined ? [] : [old];
}

test('a release of the same commit has the same bytes', async () => {
  const again = await writeRelease(join(work, 'again'));
  expect(readFileSync(again).equals(readFileSync(archive))).toBe(true);
});

test('a release starts with nothing installed or built, sells, and hands its data to the next one', async () => {
  const folder = unpack('first');
  const user = freshUser(process.execPath);
  expect(bytesIn(folder)).toBeLessThan(60 * MB);

  let before = performance.now();
  let shop = await started(folder, user);
  expect(performance.now() - before).toBeLessThan(withinMs(10_000));
  expect(shop.output()).not.toMatch(/Installing|Building/);
  expect(bytesIn(join(folder, 'node_modules')) - bytesIn(join(folder, 'node_modules/.cache'))).toBe(
    0,
  );
  const purchase = new URL(await buy(shop)).pathname;
  for (const page of ['/docs', '/docs/static/swagger-ui.css'])
    expect((await fetch(`http://127.0.0.1:${shop.ports.products}${page}`)).status).toBe(200);
  expect(await (await fetch(`http://127.0.0.1:${shop.ports.gateway}/`)).text()).toContain('<html');
  await stop(shop);

  before = performance.now();
  shop = await started(folder, user);
  expect(performance.now() - before).toBeLessThan(withinMs(2_000));
  run(folder, user, 'backup', '--', join(work, 'backup'));
  await stop(shop);

  const next = unpack('next');
  for (const name of ['.env', 'data']) renameSync(join(folder, name), join(next, name));
  shop = await started(next, user);
  const answer = await fetch(`http://127.0.0.1:${shop.ports.inventory}${purchase}`, {
    headers: { 'x-api-key': keyOf(shop) },
  });
  expect(answer.status).toBe(200);
  await stop(shop);
  expect(run(next, user, 'verify')).toContain('Every unit is explained.');
  expect(run(next, user, 'migrate', '--', 'status')).not.toContain('pending');
  rmSync(join(next, 'data'), { recursive: true });
  expect(run(next, user, 'restore', '--', join(work, 'backup'))).toContain('estored');
});

test.each(oldNodes())('where Node is too old a release installs Node alone (%s)', async (node) => {
  const folder = unpack('old');
  const shop = await started(folder, freshUser(node));
  expect(shop.output()).toContain('Installing dependencies…');
  expect(bytesIn(folder)).toBeLessThan(250 * MB);
  await buy(shop);
  await stop(shop);
});

test('npm start in a clone installs what running and building need', () => {
  const folders = Object.entries(lockedPackages()).flatMap(([folder, { dev, link }]) =>
    folder.startsWith('node_modules/') && !dev && !link ? [join(projectFolder, folder)] : [],
  );
  const ofOthers = (folder: string): number =>
    folders
      .filter((other) => other.startsWith(join(folder, 'node_modules/')))
      .reduce((sum, other) => sum + bytesIn(other), 0);
  const bytes = folders
    .filter((folder) => existsSync(folder))
    .reduce((sum, folder) => sum + bytesIn(folder) - ofOthers(folder), 0);
  expect(bytes).toBeLessThan(450 * MB);
});
