import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { projectFolder, readSettings } from '../settings.ts';
import { openDemoMark } from '../start/data-folder.ts';

test('by default both databases lie in data/, and the ports are 8001 and 8002', () => {
  const { host, dataFolder, services, notes } = readSettings({});
  expect(host).toBe('127.0.0.1');
  expect(dataFolder).toBe(join(projectFolder, 'data'));
  expect(services.products).toMatchObject({
    port: 8001,
    databaseUrl: `file:${join(dataFolder, 'products.db')}`,
  });
  expect(services.inventory).toMatchObject({
    port: 8002,
    database: { path: join(dataFolder, 'inventory.db') },
  });
  expect(notes).toEqual({});
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
});

describe('the demo catalogue', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'data-folder-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (options = { empty: false }) =>
    openDemoMark(readSettings({ DATA_DIR: folder }), options);
  const makeDatabase = () => writeFileSync(join(folder, 'inventory.db'), '');

  test('is due in a fresh folder until it is complete', () => {
    expect(open().isDue).toBe(true);
    makeDatabase();
    const interrupted = open();
    expect(interrupted.isDue).toBe(true);
    interrupted.clear();
    expect(open().isDue).toBe(false);
  });

  test('is never due where a database was before', () => {
    makeDatabase();
    expect(open().isDue).toBe(false);
  });

  test('is not due with --empty, then or later', () => {
    expect(open({ empty: true }).isDue).toBe(false);
    makeDatabase();
    expect(open().isDue).toBe(false);
  });

  test('is dropped by --empty when its loading was interrupted', () => {
    open();
    makeDatabase();
    expect(open({ empty: true }).isDue).toBe(false);
    expect(open().isDue).toBe(false);
  });
});
