import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingsError, StartupError } from '@anaquel/runtime';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { createService } from '../src/service.ts';

test('only the key is required; everything else has a default', () => {
  expect(readConfig({ PRODUCTS_API_KEY: 'k' }, '/srv')).toEqual({
    host: '127.0.0.1',
    port: 8001,
    database: { kind: 'sqlite', path: '/srv/data/products.db' },
    apiKey: 'k',
    keysFile: undefined,
    anonymousScopes: ['products:read', 'inventory:read'],
    allowedHosts: [],
    corsOrigins: [],
    currency: 'USD',
    logLevel: 'info',
    logsRequests: false,
    metricsHost: '127.0.0.1',
    metricsPort: undefined,
    tlsSettings: null,
    tracing: null,
    settingWarnings: [],
    trustProxy: false,
    publicUrls: { products: 'http://127.0.0.1:8001', inventory: 'http://127.0.0.1:8002' },
    broker: null,
    webhooks: { sealingKey: null, allowPrivate: false },
    picturesMaxMb: 2_048,
  });
});

test('public addresses default to the base URLs', () => {
  const env = {
    PRODUCTS_API_KEY: 'k',
    PRODUCTS_BASE_URL: 'http://products:1',
    INVENTORY_BASE_URL: 'http://inventory:2',
    INVENTORY_PUBLIC_URL: 'https://i.example/',
  };
  expect(readConfig(env, '/srv')).toMatchObject({
    publicUrls: { products: 'http://products:1', inventory: 'https://i.example' },
  });
});

test.each([
  ['true', true],
  ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  ['loopback', ['loopback']],
])('TRUST_PROXY=%s', (text, value) => {
  expect(readConfig({ PRODUCTS_API_KEY: 'k', TRUST_PROXY: text }, '/srv').trustProxy).toEqual(
    value,
  );
});

test('TRUST_PROXY=2 trusts the two nearest hops', () => {
  const { trustProxy } = readConfig({ PRODUCTS_API_KEY: 'k', TRUST_PROXY: '2' }, '/srv');
  if (typeof trustProxy !== 'function') throw new Error('a function was expected');
  expect([0, 1, 2].map((hop) => trustProxy('192.0.2.1', hop))).toEqual([true, true, false]);
});

test('every wrong setting is named at once', () => {
  const env = {
    PORT: 'x',
    DATABASE_URL: 'mysql://user:secret@db/x',
    CURRENCY: 'usd',
    LOG_LEVEL: 'loud',
    TRUST_PROXY: 'maybe?',
    CORS_ORIGINS: 'shop',
    ANONYMOUS_SCOPES: 'all',
  };
  const read = () => readConfig(env, '/srv');
  expect(read).toThrow(SettingsError);
  for (const name of ['PRODUCTS_API_KEY', ...Object.keys(env)]) expect(read).toThrow(name);
  expect(read).not.toThrow('user:secret');
});

test('a database that was not migrated is refused with the command to run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-products-'));
  const config = readConfig({ PRODUCTS_API_KEY: 'k', LOG_LEVEL: 'silent' }, folder);
  const refusal = await createService(config).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StartupError);
  expect(String(refusal)).toContain('npm run migrate -- up products');
  rmSync(folder, { recursive: true, force: true });
});
