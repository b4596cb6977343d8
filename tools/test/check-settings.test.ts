import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSettings } from '../settings.ts';
import { checkSettings } from '../start/check-settings.ts';
import { portProblem } from '../start/ports.ts';
import { mainOf } from '../build-services.ts';
import { baseUrls, shopProcesses } from '../start/processes.ts';
import { databaseFile } from './database-file.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-settings-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SECRETS = [
  'PRODUCTS_API_KEY',
  'INVENTORY_API_KEY',
  'STOREFRONT_API_KEY',
  'OPERATOR_API_KEY',
  'OPERATOR_PASSWORD',
];

const check = (environment: Record<string, string>) =>
  checkSettings({ DATA_DIR: join(folder, 'data'), ...environment }, SECRETS, { web: false });

const namesOf = (problems: readonly string[]): string[] =>
  problems.map((problem) => problem.split(' ', 1).join()).sort((a, b) => a.localeCompare(b));

test('nothing set is right: the secrets are still to be made', async () => {
  expect(await check({})).toMatchObject({ problems: [], notes: [] });
});

test('what is wrong with any of the three services is told at once, and once', async () => {
  const { problems } = await check({
    GATEWAY_PORT: 'abc',
    LOG_LEVEL: 'loud',
    OPERATOR_PASSWORD: 'short',
    CURRENCY: 'usd',
    HTTP_MAX_RETRIES: '-1',
    STOREFRONT: 'ajar',
    JWT_ISSUER: 'https://issuer.example',
    KEYS_FILE: join(folder, 'none.json'),
  });
  expect(namesOf(problems)).toEqual([
    'CURRENCY',
    'GATEWAY_PORT',
    'HTTP_MAX_RETRIES',
    'JWT_AUDIENCE',
    'KEYS_FILE',
    'LOG_LEVEL',
    'OPERATOR_PASSWORD',
    'STOREFRONT',
  ]);
});

test('a setting that several services read is told once, and keys that must differ are', async () => {
  expect(
    (
      await check({
        PRODUCTS_API_KEY: 'a b',
        INVENTORY_API_KEY: 'one-key-for-everything',
        STOREFRONT_API_KEY: 'one-key-for-everything',
        OPERATOR_API_KEY: 'one-key-for-everything',
      })
    ).problems,
  ).toEqual([
    expect.stringMatching(/^PRODUCTS_API_KEY must be 1 to 512 visible ASCII characters/),
    'STOREFRONT_API_KEY must differ from INVENTORY_API_KEY: each key has rights of its own.',
    'OPERATOR_API_KEY must differ from INVENTORY_API_KEY: each key has rights of its own.',
  ]);
});

test('secrets may come from files, which are not to be made and are compared like the others', async () => {
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), `${content}\n`);
    return join(folder, name);
  };
  const environment = {
    PRODUCTS_API_KEY_FILE: file('products', 'key-of-products'),
    INVENTORY_API_KEY: 'one-key-for-both',
    STOREFRONT_API_KEY_FILE: file('storefront', 'key-of-the-storefront'),
    PRODUCTS_DATABASE_URL_FILE: file('database', `file:${folder}/elsewhere/products.db`),
  };
  const { settings, problems, notes } = await check(environment);
  expect({ problems, notes }).toEqual({ problems: [], notes: [] });
  expect(databaseFile(settings.services.products)).toBe(`${folder}/elsewhere/products.db`);
  const wrong = { ...environment, OPERATOR_API_KEY_FILE: file('operator', 'one-key-for-both') };
  expect((await check({ ...wrong, STOREFRONT_API_KEY: 'x' })).problems).toEqual([
    'STOREFRONT_API_KEY and STOREFRONT_API_KEY_FILE are both set. Set one of them.',
    'OPERATOR_API_KEY must differ from INVENTORY_API_KEY: each key has rights of its own.',
  ]);
});

test('places where no data can be are told, and nothing is made', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  mkdirSync(join(folder, 'a-folder.db'));
  expect((await check({ DATA_DIR: join(file, 'data') })).problems).toEqual([
    `The data folder ${file}/data can't be written (ENOTDIR): set DATA_DIR to one that can.`,
  ]);
  expect(
    (
      await check({
        PRODUCTS_DATABASE_URL: `file:${folder}/a-folder.db`,
        INVENTORY_DATABASE_URL: `file:${file}/inventory.db`,
      })
    ).problems,
  ).toEqual([
    `${folder}/a-folder.db is no file: check PRODUCTS_DATABASE_URL.`,
    `The folder of ${file}/inventory.db can't be written (ENOTDIR): check INVENTORY_DATABASE_URL.`,
  ]);
});

describe('replicas', () => {
  const INVENTORY_DATABASE_URL = 'postgres://shop:secret@127.0.0.1/stock';

  test('need a database on a server', async () => {
    expect((await check({ REPLICAS: '3' })).problems).toEqual([
      'REPLICAS must be 1 while INVENTORY_DATABASE_URL is a file, which has one service: docs/postgresql.md leads to more.',
    ]);
    const { problems, settings } = await check({ REPLICAS: '3', INVENTORY_DATABASE_URL });
    expect(problems).toEqual([]);
    expect(settings.services.inventory.replicas.map(({ port }) => port)).toEqual([
      8002, 8012, 8022,
    ]);
    expect(settings.services.products.replicas).toHaveLength(1);
  });

  test('have ports that nothing else has', async () => {
    const set = { REPLICAS: '3', INVENTORY_DATABASE_URL };
    expect((await check({ ...set, GATEWAY_PORT: '8012' })).problems).toEqual([
      'INVENTORY_PORT + 10 and GATEWAY_PORT must differ, but both are 8012.',
    ]);
    expect((await check({ ...set, INVENTORY_PORT: '65530' })).problems).toEqual([
      expect.stringMatching(/^INVENTORY_PORT must be a whole number from 1 to 65515/),
    ]);
    expect((await check({ ...set, REPLICAS: '11' })).problems).toEqual([
      expect.stringMatching(/^REPLICAS must be a whole number from 1 to 10/),
    ]);
  });

  test('have an environment each, and are all known to those who call them', () => {
    const environment = { REPLICAS: '3', INVENTORY_DATABASE_URL };
    const settings = readSettings(environment);
    const keysFiles = { products: '', inventory: '' };
    const processes = shopProcesses({
      settings,
      environment,
      urls: baseUrls(settings),
      keysFiles,
      mainOf,
    });
    const all = 'http://127.0.0.1:8002,http://127.0.0.1:8012,http://127.0.0.1:8022';
    expect(processes.get('gateway')?.map(({ env }) => env['INVENTORY_BASE_URL'])).toEqual([all]);
    expect(
      processes.get('inventory')?.map(({ name, env, liveUrl }) => [name, env['PORT'], liveUrl]),
    ).toEqual([
      ['Inventory on port 8002', '8002', 'http://127.0.0.1:8002/health/live'],
      ['Inventory on port 8012', '8012', 'http://127.0.0.1:8012/health/live'],
      ['Inventory on port 8022', '8022', 'http://127.0.0.1:8022/health/live'],
    ]);
    expect(processes.get('products')?.map(({ name }) => name)).toEqual(['Products']);
  });
});

test('every setting of every service is known, and names near to them are noted', async () => {
  const { notes } = await check({
    PRODUCTS_APIKEY: 'x',
    OPERATOR_PASWORD: 'x',
    WEBPORT: '1',
    CURENCY: 'EUR',
    DATABASE_URL: 'file:./one.db',
    HOME: '/root',
    STOREFRONT: 'closed',
  });
  expect(namesOf(notes)).toEqual([
    'CURENCY',
    'DATABASE_URL',
    'OPERATOR_PASWORD',
    'PRODUCTS_APIKEY',
    'WEBPORT',
  ]);
  expect(notes).toContain(
    'PRODUCTS_APIKEY is no setting and has no effect: is PRODUCTS_API_KEY meant?',
  );
});

test('a port that is taken names who has it, where the system tells', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const problem = await portProblem('GATEWAY_PORT', '127.0.0.1', port);
  other.close();
  const owner = process.platform === 'linux' ? ` \\(.+, process ${process.pid}\\)` : '.*';
  expect(problem).toMatch(
    new RegExp(
      `^Port ${port} is in use: end what listens there${owner}, or choose another port with GATEWAY_PORT\\.$`,
    ),
  );
});

test('a host that is none of this machine is told once', async () => {
  expect(await portProblem('GATEWAY_PORT', '192.0.2.1', 0)).toMatch(
    /^HOST must be an address of this machine, such as 127\.0\.0\.1, not "192\.0\.2\.1"/,
  );
});
