import { describe, expect, test } from 'vitest';
import { PASSWORD, startGateway } from '../support/test-gateway.ts';

describe('a name that is not the shop’s', () => {
  test.each(['/', '/api/v1/products', '/session', '/docs', '/openapi.json', '/nowhere'])(
    'is refused at %s',
    async (url) => {
      const { service, products } = await startGateway();
      const answer = await service.app.inject({ url, headers: { host: 'evil.example:8000' } });
      expect(answer.statusCode).toBe(421);
      expect(answer.json().errors[0].code).toBe('host-not-allowed');
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(products.received).toEqual([]);
    },
  );

  test("can't sign anybody in", async () => {
    const { service } = await startGateway();
    const answer = await service.app.inject({
      method: 'POST',
      url: '/session',
      headers: { host: 'evil.example', 'content-type': 'application/json' },
      payload: { password: PASSWORD },
    });
    expect(answer.statusCode).toBe(421);
  });

  test('is accepted for health', async () => {
    const { service } = await startGateway();
    const headers = { host: 'evil.example' };
    expect((await service.app.inject({ url: '/health/live', headers })).statusCode).toBe(200);
  });
});

test('the names in ALLOWED_HOSTS and in the public URLs are accepted', async () => {
  const { service } = await startGateway({
    ALLOWED_HOSTS: 'shop.example',
    PRODUCTS_PUBLIC_URL: 'https://api.example/products',
  });
  for (const host of ['shop.example', 'api.example:443', 'localhost:8000', '[::1]:8000']) {
    const answer = await service.app.inject({ url: '/session', headers: { host } });
    expect([host, answer.statusCode]).toEqual([host, 200]);
  }
});

describe('an answer below /api/v1', () => {
  test.each([
    ['of a key of the caller’s own', { 'x-api-key': 'k' }],
    ['of a session', {}],
    ['of a token that is refused', { authorization: 'Bearer x' }],
  ])('%s is nobody else’s', async (_name, headers) => {
    const { send, products } = await startGateway();
    products.behave((_request, response) => {
      response.writeHead(200, { 'cache-control': 'public, max-age=60', vary: 'Accept, X-API-Key' });
      response.end('{}');
    });
    const answer = await send('/api/v1/products', { headers });
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
    const vary = (answer.headers.get('vary') ?? '').toLowerCase().split(', ');
    expect(vary).toEqual(expect.arrayContaining(['x-api-key', 'authorization', 'cookie']));
    expect(new Set(vary).size).toBe(vary.length);
  });

  test('with no-store keeps it', async () => {
    const { send, inventory } = await startGateway();
    inventory.behave((_request, response) => {
      response.writeHead(200, { 'cache-control': 'no-store' }).end('{}');
    });
    const answer = await send('/api/v1/inventories', { headers: { 'x-api-key': 'k' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

test('keys shorter than twenty characters get a warning at the start', async () => {
  const { log } = await startGateway({ OPERATOR_API_KEY: 'x'.repeat(43) });
  const warnings = log.filter((line) => line.includes('openssl rand'));
  expect(warnings).toEqual([expect.stringContaining('STOREFRONT_API_KEY')]);
});
