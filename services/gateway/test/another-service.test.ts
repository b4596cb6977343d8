import { settingsReader } from '@anaquel/runtime';
import { afterEach, expect, test } from 'vitest';
import { services } from '../../manifest.ts';
import { readConfig, readTargets } from '../src/config.ts';
import { createService } from '../src/service.ts';
import { startFakeService } from './support/fake-service.ts';
import { KEYS, PASSWORD } from './support/test-gateway.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

test('another service in the manifest is forwarded to, documented and checked', async () => {
  const returns = await startFakeService();
  closing.unshift(returns.stop);
  const { products } = services;
  const more = { ...products, title: 'Returns', port: 8003, paths: ['returns', 'refunds'] };
  const env = { ...KEYS, OPERATOR_PASSWORD: PASSWORD, PORT: '0', LOG_LEVEL: 'silent' };
  const settings = settingsReader({ ...env, RETURNS_BASE_URL: returns.url });
  const targets = readTargets(settings, { products, returns: more });
  const { app, close } = await createService({ ...readConfig(env, '.'), targets });
  closing.unshift(close);
  const get = (url: string) => app.inject({ url, headers: { 'x-api-key': 'k' } });

  expect((await get('/api/v1/refunds/7?x=1')).statusCode).toBe(200);
  expect(returns.received.map(({ url }) => url)).toEqual(['/api/v1/refunds/7?x=1']);
  expect((await get('/api/v1/purchases')).statusCode).toBe(404);
  const document = { info: {}, tags: [], paths: { '/api/v1/returns': {}, '/returns': {} } };
  returns.behave((_request, response) => void response.end(JSON.stringify(document)));
  const { paths } = (await get('/openapi/returns.json')).json();
  expect(Object.keys(paths)).toEqual(['/api/v1/returns']);
  expect((await get('/docs/static/swagger-initializer.js')).body).toContain('Returns');
  const { services: health } = (await get('/health')).json();
  expect(Object.keys(health)).toEqual(['products', 'returns']);
  expect(health.returns.status).toBe('ok');
});
