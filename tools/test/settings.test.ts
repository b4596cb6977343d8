import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder, readSettings } from '../settings.ts';

test('by default both databases lie in data/, and the ports are 8000 to 8002', () => {
  const { host, dataFolder, services, gateway, notes } = readSettings({});
  expect(host).toBe('127.0.0.1');
  expect(dataFolder).toBe(join(projectFolder, 'data'));
  expect(gateway).toEqual({ port: 8000, portSetting: 'GATEWAY_PORT' });
  expect(services.products).toMatchObject({
    port: 8001,
    databaseUrl: `file:${join(dataFolder, 'products.db')}`,
  });
  expect(services.inventory).toMatchObject({
    port: 8002,
    database: { kind: 'sqlite', path: join(dataFolder, 'inventory.db') },
  });
  expect(notes).toEqual({});
  expect(readSettings({}).web).toEqual({ port: 5173, portSetting: 'WEB_PORT' });
});

test('each database can be put elsewhere; one for both is ignored, and said so', () => {
  const settings = readSettings({
    INVENTORY_DATABASE_URL: 'sqlite:////srv/stock.db',
    DATABASE_URL: 'file:./one.db',
    PORT: '1',
  });
  expect(settings.services.inventory.database).toEqual({ kind: 'sqlite', path: '/srv/stock.db' });
  expect(settings.services.products.databaseUrl).toContain('data/products.db');
  expect(settings.notes.DATABASE_URL).toMatch(/^DATABASE_URL is ignored: /);
  expect(settings.notes.PORT).toMatch(/^PORT is ignored: /);
});

test('every wrong setting is named at once', () => {
  const wrong = {
    PRODUCTS_PORT: '70000',
    INVENTORY_PORT: 'x',
    PRODUCTS_DATABASE_URL: 'oracle:x',
    DATA_DIR: 'what?',
  };
  const problems = ['PRODUCTS_PORT', 'PRODUCTS_DATABASE_URL', 'INVENTORY_PORT', 'DATA_DIR'];
  expect(() => readSettings(wrong)).toThrow(
    new RegExp(problems.map((name) => `^${name} must `).join('[^]*'), 'm'),
  );
  expect(() => readSettings({ PRODUCTS_PORT: '8002' })).toThrow(
    'PRODUCTS_PORT and INVENTORY_PORT must differ, but both are 8002.',
  );
  expect(() => readSettings({ GATEWAY_PORT: '8001' })).toThrow(
    'PRODUCTS_PORT and GATEWAY_PORT must differ, but both are 8001.',
  );
  const onePort = { GATEWAY_PORT: '5173' };
  expect(readSettings(onePort).gateway.port).toBe(5173);
  expect(() => readSettings(onePort, { web: true })).toThrow(
    'GATEWAY_PORT and WEB_PORT must differ, but both are 5173.',
  );
  const oneFile = {
    PRODUCTS_DATABASE_URL: 'file:/srv/shop.db',
    INVENTORY_DATABASE_URL: 'sqlite:////srv/shop.db',
  };
  expect(() => readSettings(oneFile)).toThrow(
    'PRODUCTS_DATABASE_URL and INVENTORY_DATABASE_URL must name two databases, but both name the same: /srv/shop.db.',
  );
});

test('METRICS_PORT is the gateway’s, and those of the others lie beside it', () => {
  expect(readSettings({}).metrics).toBe(null);
  const settings = { METRICS_PORT: '9100', REPLICAS: '3', METRICS_HOST: '127.0.0.2' };
  const { metrics } = readSettings(settings);
  const portsOf = (name: 'gateway' | 'products' | 'inventory') =>
    metrics?.ports[name].map(({ port }) => port);
  expect(metrics?.host).toBe('127.0.0.2');
  expect(portsOf('gateway')).toEqual([9100]);
  expect(portsOf('products')).toEqual([9101]);
  expect(portsOf('inventory')).toEqual([9102, 9112, 9122]);
  expect(() => readSettings({ METRICS_PORT: '8000' })).toThrow(
    'GATEWAY_PORT and METRICS_PORT must differ, but both are 8000.',
  );
  expect(() => readSettings({ METRICS_PORT: '7999' })).toThrow(
    'GATEWAY_PORT and METRICS_PORT + 1 must differ, but both are 8000.',
  );
  expect(() => readSettings({ METRICS_PORT: '65534' })).toThrow(/^METRICS_PORT must be /);
});
