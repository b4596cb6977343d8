import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { createKeyring, createServer, readListenSettings, settingsReader } from '../src/index.ts';

const KEY = 'right-right-right-right';
const apps: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

interface Call {
  key?: string;
  from?: string;
  path?: string;
}

async function serve(env: Record<string, string> = {}) {
  const log: string[] = [];
  const app = await createServer({
    ...readListenSettings(settingsReader(env), { port: 0, urlSettings: [] }),
    name: 'sample',
    title: 'Sample',
    version: '1.0.0',
    description: 'A sample.',
    keyring: createKeyring({
      master: { name: 'sample', key: KEY },
      scopes: ['admin'],
      anonymousScopes: [],
    }),
    realm: 'sample',
    readiness: { database: async () => 'ok' },
    tags: [],
    logStream: { write: (line) => void log.push(line) },
  });
  app.get('/things', { config: { scope: 'public' } }, async () => ({}));
  app.get('/closed', { config: { scope: 'admin' } }, async () => ({}));
  apps.push(app);
  return {
    log,
    ask: ({ key, from, path = '/things' }: Call = {}) =>
      app.inject({
        url: path,
        headers: {
          ...(key !== undefined && { 'x-api-key': key }),
          ...(from !== undefined && { 'x-forwarded-for': from }),
        },
      }),
  };
}

type Server = Awaited<ReturnType<typeof serve>>;

/** The statuses of this many requests, each with another wrong key. */
async function guess(server: Server, times: number, from?: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let number = 0; number < times; number += 1) {
    const answer = await server.ask({ key: `wrong-${number}`, ...(from && { from }) });
    statuses.push(answer.statusCode);
  }
  return statuses;
}

test('after a hundred wrong keys a client gets 429, and its right key still works', async () => {
  const server = await serve();
  const statuses = await guess(server, 130);
  expect(statuses.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 401));
  // One more is allowed each second, and a second may end just before either request.
  const more = [await server.ask({ key: 'another' }), await server.ask({ key: 'another' })];
  const refused = more.find(({ statusCode }) => statusCode === 429);
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
  expect(refused?.json().errors).toMatchObject([
    { status: '429', code: 'too-many-requests', source: { header: 'x-api-key' } },
  ]);
  expect((await server.ask({ key: KEY })).statusCode).toBe(200);
  expect((await server.ask({ key: KEY, path: '/closed' })).statusCode).toBe(200);
  expect((await server.ask()).statusCode, 'no key is no wrong key').toBe(200);
  expect(server.log.filter((line) => line.includes('many wrong keys')).length).toBeLessThan(5);
  expect(server.log.join()).not.toContain('wrong-');
});

test("a right key and a missing one don't count", async () => {
  const server = await serve();
  for (let time = 0; time < 130; time += 1) {
    await server.ask({ key: KEY });
    await server.ask({ path: '/closed' });
  }
  expect(await guess(server, 1)).toEqual([401]);
});

test('behind a trusted proxy each client counts for itself, and a /64 of IPv6 addresses as one', async () => {
  const server = await serve({ TRUST_PROXY: 'loopback' });
  expect(await guess(server, 130, '192.0.2.1')).toContain(429);
  expect(await guess(server, 1, '192.0.2.2')).toEqual([401]);
  expect(await guess(server, 100, '2001:db8:1:2::1')).not.toContain(429);
  expect(await guess(server, 30, '2001:db8:1:2::ffff')).toContain(429);
  expect(await guess(server, 1, '2001:db8:1:3::1')).toEqual([401]);
});

test('without a trusted proxy x-forwarded-for is ignored', async () => {
  const server = await serve();
  const statuses: number[] = [];
  for (let number = 0; number < 130; number += 1)
    statuses.push(...(await guess(server, 1, `192.0.2.${number}`)));
  expect(statuses).toContain(429);
});

test('answers to a key are private, and all vary by caller', async () => {
  const { ask } = await serve();
  const vary = 'x-api-key, Authorization, Cookie';
  for (const call of [{ key: KEY }, { key: 'wrong' }, { key: KEY, path: '/nowhere' }]) {
    const { headers } = await ask(call);
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(headers['vary']).toContain(vary);
  }
  const anonymous = await ask();
  expect(anonymous.headers['vary']).toContain(vary);
  expect(anonymous.headers['cache-control']).toBeUndefined();
  expect((await ask({ path: '/health', key: KEY })).headers['vary']).toBeUndefined();
});
