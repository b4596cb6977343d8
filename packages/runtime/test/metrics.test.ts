import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import {
  closeServers,
  createKeyring,
  createServer,
  openServers,
  StartupError,
} from '../src/index.ts';

const apps: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map(closeServers));
});

const onAnyPort = { host: '127.0.0.1', port: 0, metricsHost: '127.0.0.1' };

async function createSample(settings: { metricsPort?: number } = {}): Promise<FastifyInstance> {
  const app = await createServer({
    name: 'sample',
    title: 'Sample',
    version: '1.0.0',
    description: '',
    logLevel: 'silent',
    corsOrigins: [],
    trustProxy: false,
    keyring: createKeyring({
      master: { name: 'sample', key: 'master-key' },
      scopes: ['admin', 'products:read'],
      anonymousScopes: ['products:read'],
    }),
    realm: 'sample',
    readiness: { database: async () => 'ok' },
    tags: [],
    metricsScope: 'admin',
    ...settings,
  });
  apps.push(app);
  app.get('/shelves/:id', { config: { scope: 'products:read' } }, async () => ({ ok: true }));
  return app;
}

async function figuresOf(app: FastifyInstance): Promise<string> {
  const headers = { 'x-api-key': 'master-key' };
  return (await app.inject({ url: '/metrics', headers })).body;
}

test('counts requests by the pattern of their route, and never by their address', async () => {
  const app = await createSample();
  for (const id of ['7', '8', 'secret']) await app.inject({ url: `/shelves/${id}?key=secret` });
  await app.inject({ url: '/secret' });
  await app.inject({ url: '/shelves/7', method: 'PROPFIND' as 'GET' });
  const text = await figuresOf(app);
  const count = 'http_request_duration_seconds_count';
  expect(text).toContain(`${count}{method="GET",route="/shelves/:id",status="200"} 3\n`);
  expect(text).toContain(`${count}{method="GET",route="none",status="404"} 1\n`);
  expect(text).toContain(`${count}{method="other",route="none",status="405"} 1\n`);
  expect(text).toContain('http_refusals_total{code="not-found"} 1\n');
  expect(text).not.toContain('secret');
  expect(text).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
});

test.each([
  [{}, 401],
  [{ 'x-api-key': 'other' }, 401],
  [{ authorization: 'Bearer other' }, 401],
  [{ authorization: 'Basic bWFzdGVyLWtleQ==' }, 401],
  [{ 'x-api-key': 'master-key' }, 200],
  [{ authorization: 'Bearer master-key' }, 200],
])('/metrics with %j is answered %i', async (headers, status) => {
  const app = await createSample();
  const answer = await app.inject({ url: '/metrics', headers });
  expect(answer.statusCode).toBe(status);
});

test('a bearer is no key elsewhere', async () => {
  const app = await createSample();
  app.get('/admin', { config: { scope: 'admin' } }, async () => ({ ok: true }));
  const headers = { authorization: 'Bearer master-key' };
  expect((await app.inject({ url: '/admin', headers })).statusCode).toBe(401);
});

test('on METRICS_PORT figures and health need no key, and nothing else is there', async () => {
  const app = await createSample({ metricsPort: 0 });
  const url = await openServers(app, onAnyPort);
  const plain = app.metricsServer?.listeningOrigin ?? '';
  await fetch(`${url}/shelves/7`);
  const answer = await fetch(`${plain}/metrics`);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await answer.text()).toContain('route="/shelves/:id",status="200"} 1\n');
  for (const path of ['/health', '/health/live', '/health/ready'])
    expect((await fetch(plain + path)).status).toBe(200);
  expect((await fetch(`${plain}/shelves/7`)).status).toBe(404);
  const headers = { 'x-api-key': 'master-key' };
  expect((await fetch(`${url}/metrics`, { headers })).status).toBe(404);
});

test('a METRICS_PORT that is taken is told by its name', async () => {
  const other = createTcpServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port: metricsPort } = other.address() as AddressInfo;
  const app = await createSample({ metricsPort });
  const opening = openServers(app, { ...onAnyPort, metricsPort });
  await expect(opening).rejects.toThrow(StartupError);
  await expect(opening).rejects.toThrow(/^METRICS_PORT \d+ of 127\.0\.0\.1 can't be used/);
  other.close();
});
