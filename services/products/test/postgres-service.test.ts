import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  hasPostgres,
  PATIENT,
  startPostgresProxy,
  startPostgresServer,
  type PostgresServer,
} from '@anaquel/runtime/postgres-server';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { migratePostgres } from './product-place.ts';
import { startTestService, type Answer, type TestService } from './test-service.ts';

describe.skipIf(!hasPostgres)('Products on a PostgreSQL that fails', () => {
  let server: PostgresServer;
  let folder: string;
  let service: TestService | undefined;

  beforeAll(async () => {
    server = await startPostgresServer();
    folder = mkdtempSync(join(tmpdir(), 'anaquel-products-'));
    await migratePostgres(server.url('postgres'));
  });
  afterEach(() => service?.close());
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** It gives up soon when there is no server. */
  async function start(): Promise<TestService> {
    const limits = { ...PATIENT, acquireMs: 200, retryMs: 200 };
    const place = { url: server.url('postgres'), folder };
    service = await startTestService(place, {}, { postgres: { limits } });
    return service;
  }

  const reads = [
    '/api/v1/products',
    '/api/v1/products/1',
    '/api/v1/product-tags',
    '/api/v1/product-events',
    '/products',
    '/products/1',
    '/internal/products?filter[id]=1',
  ];

  test('starts without it, answers 503 until it is there, and then works', async () => {
    await server.kill();
    const { call, create, published } = await start();
    for (const path of reads) {
      const { status, headers, body } = await call('GET', path);
      expect([path, status, headers['retry-after'], body.errors[0].code]).toEqual([
        path,
        503,
        '1',
        'unavailable',
      ]);
    }
    const data = { type: 'products', attributes: { name: 'Mug', price: 1 } };
    expect((await call('POST', '/api/v1/products', { data })).status).toBe(503);
    expect((await call('POST', '/products', { body: data.attributes })).status).toBe(503);
    expect((await call('GET', '/health/ready')).status).toBe(503);
    expect((await call('GET', '/health')).status).toBe(200);

    await server.restart();
    const isReady = async () => (await call('GET', '/health/ready')).status === 200;
    await vi.waitFor(async () => expect(await isReady()).toBe(true), 30_000);
    const id = await create({ name: 'Enamel Mug', price: 9.5 });
    expect((await call('GET', `/api/v1/products/${id}`)).status).toBe(200);
    await vi.waitFor(() => expect(published).toHaveLength(1), 30_000);
  });

  test('answers 504 when a COMMIT has no answer, goes on, and the change may be there', async () => {
    const proxy = await startPostgresProxy(server.url('postgres'));
    service = await startTestService({ url: proxy.url, folder });
    const { call, create } = service;
    const before = (await call('GET', '/api/v1/product-events')).body.meta.page.head;
    const id = await create({ name: 'Enamel Mug', price: 9.5 });
    const path = `/api/v1/products/${id}`;
    const rename = (name: string) =>
      call('PATCH', path, { data: { type: 'products', id, attributes: { name } } });
    const add = { op: 'add', data: { type: 'products', attributes: { name: 'Pan', price: 1 } } };
    const changes: (() => Promise<Answer>)[] = [
      () => rename('Mug'),
      () =>
        call('POST', '/api/v1/product-operations', {
          body: { 'atomic:operations': [add] },
          headers: {
            'content-type': 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"',
          },
        }),
      () => call('PATCH', `/products/${id}`, { body: { name: 'Cup' } }),
      () => call('DELETE', `/products/${id}`),
    ];
    for (const change of changes) {
      proxy.atNextCommit('pass on and cut', 'insert into product_changes');
      const answer = await change();
      expect([answer.status, answer.body.errors[0].code]).toEqual([504, 'outcome-unknown']);
    }
    // The server carries all of them out, which nobody could know.
    const isGone = async () => expect((await call('GET', path)).status).toBe(404);
    await vi.waitFor(isGone, 30_000);
    expect((await call('GET', '/api/v1/product-events')).body.meta.page.head).toBe(
      before + 1 + changes.length,
    );
    await create({ name: 'Bowl', price: 1 });
    await service.close();
    service = undefined;
    await proxy.close();
  });
});
