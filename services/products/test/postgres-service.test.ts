import {
  hasPostgres,
  PATIENT,
  startPostgresServer,
  type PostgresServer,
} from '@anaquel/runtime/postgres-server';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPostgresDatabase, migratePostgres } from './test-database.ts';
import { startTestService, temporaryFolder } from './test-service.ts';

describe.skipIf(!hasPostgres)('Products on PostgreSQL', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(url: string, limits = PATIENT) {
    const folder = temporaryFolder();
    ends.push(folder.remove);
    const overrides = { postgres: { limits } };
    const service = await startTestService(folder.path, { DATABASE_URL: url }, overrides);
    ends.push(service.close);
    return service;
  }

  test('creates, lists, publishes and is ready', async () => {
    const place = await createPostgresDatabase();
    ends.push(place.drop);
    const service = await start(place.url);
    const id = await service.create({ name: 'Enamel Mug', price: 9.5, tags: ['kitchen'] });
    const { body } = await service.call('GET', '/api/v1/products?filter[search]=amel');
    expect(body.data.map((product: { id: string }) => product.id)).toEqual([id]);
    expect(body.meta.shop).toMatch(/^[0-9a-f]{32}$/);
    await vi.waitFor(
      () => expect(service.published.map(({ type }) => type)).toEqual(['product.created']),
      30_000,
    );
    expect((await service.call('GET', '/health/ready')).status).toBe(200);
  });

  describe('whose server can fail', () => {
    let server: PostgresServer;
    let url: string;
    /** It gives up soon when there is no server. */
    const limits = { ...PATIENT, acquireMs: 200, retryMs: 200 };

    beforeAll(async () => {
      server = await startPostgresServer();
      url = server.url('postgres');
      await migratePostgres(url);
    });
    afterAll(() => server?.stop());

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
      const service = await start(url, limits);
      for (const path of reads) {
        const { status, headers, body } = await service.call('GET', path);
        expect([path, status, headers['retry-after'], body.errors[0].code]).toEqual([
          path,
          503,
          '1',
          'unavailable',
        ]);
      }
      const data = { type: 'products', attributes: { name: 'Mug', price: 1 } };
      expect((await service.call('POST', '/api/v1/products', { data })).status).toBe(503);
      expect((await service.call('POST', '/products', { body: data.attributes })).status).toBe(503);
      expect((await service.call('GET', '/health/ready')).status).toBe(503);
      expect((await service.call('GET', '/health')).status).toBe(200);

      await server.restart();
      const isReady = async () => (await service.call('GET', '/health/ready')).status === 200;
      await vi.waitFor(async () => expect(await isReady()).toBe(true), 30_000);
      const id = await service.create({ name: 'Enamel Mug', price: 9.5 });
      expect((await service.call('GET', `/api/v1/products/${id}`)).status).toBe(200);
      await vi.waitFor(() => expect(service.published).toHaveLength(1), 30_000);
    });
  });
});
