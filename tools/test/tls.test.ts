import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTlsAuthority, writeTlsFiles } from '@anaquel/runtime/tls-authority';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { KEY, startGateway, startService, type Service } from './start-service.ts';

const PATIENCE_MS = 30_000;
const LOCAL = { host: '127.0.0.1', port: 0 };
const JSON_API = { 'content-type': 'application/vnd.api+json', 'x-api-key': KEY };
const authority = createTlsAuthority();
const services: Service[] = [];
let folder: string;
let baseUrls: Record<'PRODUCTS_BASE_URL' | 'INVENTORY_BASE_URL', string>;

/** The settings of a process with a certificate of this name. */
function tlsSettings(name: string, allowedNames = ''): Record<string, string> {
  const place = join(folder, `tls-${name}`);
  mkdirSync(place);
  return {
    ...writeTlsFiles(place, { ...authority.issue([name, '127.0.0.1']), ca: authority.ca }),
    TLS_ALLOWED_NAMES: allowedNames,
    METRICS_PORT: '9100',
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-tls-'));
  const ofProducts = tlsSettings('products', 'gateway,inventory');
  const products = await startService('products', folder, ofProducts);
  services.push(products);
  const PRODUCTS_BASE_URL = await products.app.listen(LOCAL);
  const ofInventory = { ...tlsSettings('inventory', 'gateway'), PRODUCTS_BASE_URL };
  const inventory = await startService('inventory', folder, ofInventory);
  services.push(inventory);
  baseUrls = { PRODUCTS_BASE_URL, INVENTORY_BASE_URL: await inventory.app.listen(LOCAL) };
});

afterAll(async () => {
  for (const service of services.reverse()) await service.close();
  rmSync(folder, { recursive: true, force: true });
});

async function gatewayWith(
  settings: Record<string, string>,
  log: string[] = [],
): Promise<Service['app']> {
  const logStream = { write: (line: string) => void log.push(line) };
  const more = { ...baseUrls, ...settings, LOG_LEVEL: 'warn' };
  const gateway = await startGateway(folder, more, { logStream });
  services.push(gateway);
  return gateway.app;
}

test('a purchase goes from the gateway through Inventory to Products by certificates', async () => {
  expect(Object.values(baseUrls).every((url) => url.startsWith('https://'))).toBe(true);
  const gateway = await gatewayWith(tlsSettings('gateway'));
  const send = (path: string, type: string, attributes: object, more: object = {}) =>
    gateway.inject({
      method: 'POST',
      url: `/api/v1/${path}`,
      headers: { ...JSON_API, 'idempotency-key': path },
      payload: { data: { type, attributes, ...more } },
    });
  expect((await send('products', 'products', { name: 'Mug', price: 5 })).statusCode).toBe(201);
  const level = await send('inventories', 'inventories', { onHand: 3 }, { id: '1' });
  expect(level.statusCode).toBe(201);
  const lines = [{ productId: '1', quantity: 1 }];
  expect((await send('purchases', 'purchases', { lines })).statusCode).toBe(201);
  await vi.waitFor(async () => {
    const health = await gateway.inject({ url: '/health' });
    expect(health.json()).toMatchObject({ status: 'ok' });
  }, PATIENCE_MS);
});

test('a service with certificates documents that it may refuse one', async () => {
  const [products] = services;
  const { paths } = (await products?.app.openApiDocument()) ?? {};
  expect(paths).toMatchObject({
    '/api/v1/products': {
      get: {
        responses: { 403: { description: expect.stringContaining('`certificate-refused`') } },
      },
    },
  });
});

test('a gateway whose certificate is refused says so to who can mend it, and that nothing was changed', async () => {
  const log: string[] = [];
  const gateway = await gatewayWith(tlsSettings('visitor'), log);
  const answer = await gateway.inject({
    method: 'POST',
    url: '/api/v1/products',
    headers: JSON_API,
    payload: { data: { type: 'products', attributes: { name: 'Cup', price: 5 } } },
  });
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({
    errors: [
      { code: 'service-unavailable', detail: expect.stringContaining('Nothing was changed') },
    ],
  });
  expect(log.join()).toContain('products refuses the certificate in TLS_CERT_FILE');
});

test('a gateway that does not trust a service has sent nothing', async () => {
  const settings = tlsSettings('stranger');
  writeTlsFiles(join(folder, 'tls-stranger'), {
    ...authority.issue(['gateway']),
    ca: createTlsAuthority().ca,
  });
  const gateway = await gatewayWith(settings);
  const answer = await gateway.inject({
    method: 'POST',
    url: '/api/v1/purchases',
    headers: JSON_API,
    payload: { data: { type: 'purchases', attributes: { lines: [] } } },
  });
  expect(answer.json()).toMatchObject({
    errors: [{ status: '503', detail: expect.stringContaining('cannot be reached. Nothing was') }],
  });
});

test('a service with certificates asks for the names of its clients, and a place for health', async () => {
  const files = tlsSettings('lonely');
  await expect(
    startService('products', folder, { ...files, TLS_ALLOWED_NAMES: '', METRICS_PORT: '' }),
  ).rejects.toThrow(/^TLS_ALLOWED_NAMES must be set too: .*\nMETRICS_PORT must be set too: /);
});
