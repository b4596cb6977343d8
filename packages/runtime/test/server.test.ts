import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  defineProblems,
  JsonApiError,
  jsonApiRoutes,
  MEDIA_TYPE,
  protocolProblem,
} from '@anaquel/jsonapi';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { FastifyInstance, RouteShorthandOptions } from 'fastify';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  createKeyring,
  createServer,
  type Keyring,
  type Readiness,
  type ServerOptions,
} from '../src/index.ts';

const problems = defineProblems({ 'shelf-full': { status: 409, title: 'The shelf is full' } });
const apps: FastifyInstance[] = [];
let keyring: Keyring;
let folder: string;
/** Resolves once a request for /slow has come. */
const slowBegins = Promise.withResolvers<void>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-server-'));
  const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');
  const keysFile = join(folder, 'keys.json');
  const keys = [
    { name: 'reader', scopes: ['inventory:read'], sha256: sha256('reader-key') },
    { name: 'gateway', scopes: ['internal', 'purchases:write'], sha256: sha256('gateway-key') },
  ];
  writeFileSync(keysFile, JSON.stringify({ keys }));
  keyring = createKeyring({
    master: { name: 'sample', key: 'master-key' },
    scopes: ['products:read', 'inventory:read', 'inventory:write', 'purchases:write', 'internal'],
    keysFile,
    anonymousScopes: ['products:read'],
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

interface Running {
  url: string;
  app: FastifyInstance;
  log: string[];
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>;
}

function settings(): ServerOptions {
  return {
    name: 'sample',
    title: 'Anaquel Sample',
    version: '1.2.3',
    description: 'A sample.',
    logLevel: 'info',
    corsOrigins: [],
    trustProxy: false,
    keyring,
    realm: 'sample',
    readiness: { database: async () => 'ok' },
    tags: [{ name: 'Sample', description: 'Sample routes' }],
    errorCatalogue: problems.entries,
  };
}

/** A real server with a few routes, one for each way to declare a scope. */
async function serve(options: Partial<ServerOptions> = {}): Promise<Running> {
  const log: string[] = [];
  const app = await createServer({
    ...settings(),
    logStream: { write: (line) => void log.push(line) },
    ...options,
  });
  await app.register(
    jsonApiRoutes((instance) => {
      const response = {
        200: {
          description: 'Who asks.',
          content: { [MEDIA_TYPE]: { schema: { type: 'object' } } },
        },
      };
      const schema = { summary: 'Tells who asks', tags: ['Sample'], response };
      instance.get(
        '/anyone',
        { config: { scope: 'products:read' }, schema },
        async ({ caller }) => ({
          meta: { name: caller.name, actor: caller.actor, id: caller.id },
        }),
      );
      instance.get(
        '/things/:id',
        { config: { scope: ['inventory:read', 'purchases:write'] }, schema },
        async () => ({ meta: {} }),
      );
      const body = {
        type: 'object',
        required: ['data'],
        properties: { data: { type: 'object', properties: { type: { const: 'things' } } } },
      };
      instance.post(
        '/things',
        { config: { scope: 'inventory:write' }, schema: { ...schema, body } },
        async ({ caller }) => ({ meta: { id: caller.id } }),
      );
      instance.post('/bought', { config: { scope: 'purchases:write' } }, async ({ caller }) => ({
        meta: { actor: caller.actor, id: caller.id },
      }));
    }),
    { prefix: '/api/v1' },
  );
  app.get('/public', { config: { scope: 'public' } }, async () => ({ fine: true }));
  app.get('/slow', { config: { scope: 'public' } }, async () => {
    slowBegins.resolve();
    await sleep(200);
    return {};
  });
  app.get('/broken', { config: { scope: 'public' } }, async () => {
    throw new Error('SELECT secret FROM /etc/shadow');
  });
  app.get('/refused', { config: { scope: 'public' } }, async () => {
    throw new JsonApiError(protocolProblem('unavailable', 'Try again.'), { 'retry-after': '1' });
  });
  apps.push(app);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    app,
    log,
    get: (path, headers = {}, method = 'GET') => fetch(url + path, { method, headers }),
  };
}

async function codeOf(response: Response): Promise<string | undefined> {
  expect(response.headers.get('content-type')).toBe(MEDIA_TYPE);
  const { errors } = (await response.json()) as { errors: { code: string; status: string }[] };
  expect(errors[0]?.status).toBe(String(response.status));
  return errors[0]?.code;
}

describe('the id of a request', () => {
  const idsOf = async (answer: Response) => {
    const { meta } = (await answer.json()) as { meta?: { requestId?: string } };
    return [answer.headers.get('x-request-id'), meta?.requestId];
  };

  test.each(['/nowhere', '/api/v1/things/1', '/broken', '/refused', '/%zz', `/${'x'.repeat(300)}`])(
    "is the caller's in the header and in the error of %.20s",
    async (path) => {
      const { get } = await serve();
      expect(await idsOf(await get(path, { 'x-request-id': 'Mine_1.a-b' }))).toEqual([
        'Mine_1.a-b',
        'Mine_1.a-b',
      ]);
    },
  );

  test('is in an answer that is no error, and one of its own for each request', async () => {
    const { get } = await serve();
    const ids = [await get('/public'), await get('/public')].map(({ headers }) =>
      headers.get('x-request-id'),
    );
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(ids).size).toBe(2);
  });

  test.each(['', 'a b', '<script>', 'x'.repeat(65), '{"level":"fatal"}', 'ñ'])(
    'is a new one in place of %j',
    async (id) => {
      const { get } = await serve();
      const [header, inError] = await idsOf(await get('/nowhere', { 'x-request-id': id }));
      expect(header).toMatch(/^[0-9a-f-]{36}$/);
      expect(inError).toBe(header);
    },
  );

  test('is in the answer to what is no HTTP', async () => {
    const { url } = await serve();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('nonsense\r\n\r\n');
    const answer = await text(socket);
    const [, header] = /^x-request-id: (.*)$/m.exec(answer) ?? [];
    expect(header).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer).toContain(`"requestId":"${header}"`);
  });
});

describe('keys', () => {
  test('a caller without a key has the anonymous scopes, and gets 401 elsewhere', async () => {
    const { get } = await serve();
    expect(await (await get('/api/v1/anyone')).json()).toEqual({
      meta: { name: 'anonymous', actor: 'anonymous', id: 'anonymous' },
    });
    const refused = await get('/api/v1/things/1');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^ApiKey /);
    expect(await codeOf(refused)).toBe('key-required');
  });

  test.each(['/api/v1/anyone', '/api/v1/things/1', '/public', '/nowhere'])(
    'a wrong key is 401 at %s',
    async (path) => {
      const { get } = await serve();
      for (const key of ['wrong', '']) {
        const response = await get(path, { 'x-api-key': key });
        expect(response.status).toBe(401);
        expect(await codeOf(response)).toBe('key-unknown');
      }
    },
  );

  test.each([
    '/health',
    '/health/live',
    '/health/ready',
    '/docs',
    '/docs/json',
    '/docs/static/swagger-ui.css',
    '/openapi.json',
  ])('%s does not look at keys', async (path) => {
    const { get } = await serve();
    expect((await get(path)).status).toBe(200);
    expect((await get(path, { 'x-api-key': 'wrong' })).status).toBe(200);
  });

  test("a key without the scope is 403 with the scope's name; one of several is enough", async () => {
    const { get } = await serve();
    expect((await get('/api/v1/things/1', { 'x-api-key': 'reader-key' })).status).toBe(200);
    expect((await get('/api/v1/things/1', { 'x-api-key': 'gateway-key' })).status).toBe(200);
    const refused = await get(
      '/api/v1/things',
      { 'x-api-key': 'reader-key', 'content-type': MEDIA_TYPE },
      'POST',
    );
    expect(refused.status).toBe(403);
    expect(await refused.clone().text()).toContain('inventory:write');
    expect(await codeOf(refused)).toBe('scope-missing');
    // A key has only its own scopes, not the anonymous ones.
    expect((await get('/api/v1/anyone', { 'x-api-key': 'reader-key' })).status).toBe(403);
  });

  test('a refusal comes before the body is read', async () => {
    const { url } = await serve();
    const response = await fetch(`${url}/api/v1/things`, {
      method: 'POST',
      body: 'not json',
      headers: { 'content-type': MEDIA_TYPE },
    });
    expect(response.status).toBe(401);
  });

  test('x-actor is believed from services only', async () => {
    const { get } = await serve();
    const ask = async (headers: Record<string, string>): Promise<unknown> =>
      (await get('/api/v1/bought', headers, 'POST')).json();
    expect(await ask({ 'x-api-key': 'gateway-key', 'x-actor': 'operator:42' })).toEqual({
      meta: { actor: 'operator:42', id: 'gateway/operator:42' },
    });
    expect(await ask({ 'x-api-key': 'gateway-key' })).toEqual({
      meta: { actor: 'gateway', id: 'gateway' },
    });
    expect(await (await get('/api/v1/anyone', { 'x-actor': 'boss' })).json()).toMatchObject({
      meta: { actor: 'anonymous' },
    });
    const malformed = await get(
      '/api/v1/bought',
      { 'x-api-key': 'gateway-key', 'x-actor': 'x'.repeat(201) },
      'POST',
    );
    expect(malformed.status).toBe(400);
    expect(await codeOf(malformed)).toBe('invalid-parameter');
  });

  test('each request of a connection is judged by its own key', async () => {
    const { url } = await serve();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const keys = ['master-key', 'reader-key', 'wrong-key', '', 'master-key', 'reader-key'];
    const heads = keys.map((key, index) => {
      const isLast = index === keys.length - 1;
      return [
        'GET /api/v1/anyone HTTP/1.1',
        'Host: localhost',
        ...(key === '' ? [] : [`X-Api-Key: ${key}`]),
        ...(isLast ? ['Connection: close'] : []),
      ];
    });
    socket.write(heads.map((lines) => `${lines.join('\r\n')}\r\n\r\n`).join(''));
    const answers = await text(socket);
    expect(
      [...answers.matchAll(/"name":"(\w+)"|HTTP\/1\.1 (4\d\d)/g)].map(
        ([, name, status]) => name ?? status,
      ),
    ).toEqual(['sample', '403', '401', 'anonymous', 'sample', '403']);
  });

  test('a route without a scope cannot be registered', async () => {
    const app = await createServer(settings());
    expect(() => app.get('/forgotten', async () => ({}))).toThrow(
      'Route GET /forgotten must declare config.scope',
    );
    expect(() => app.get('/empty', { config: { scope: [] } }, async () => ({}))).toThrow(
      'must declare config.scope',
    );
  });

  test('a route can only require scopes that its service declares', async () => {
    const app = await createServer(settings());
    const other = { config: { scope: 'admin' } } as const;
    expect(() => app.get('/other', other, async () => ({}))).toThrow('must declare config.scope');
    // @ts-expect-error A scope that no service declares does not even compile.
    const none: RouteShorthandOptions = { config: { scope: 'products:fly' } };
    expect(() => app.get('/none', none, async () => ({}))).toThrow('must declare config.scope');
  });
});

describe('CORS', () => {
  const origin = 'http://shop.example';
  const preflight = {
    origin,
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'x-api-key,content-type',
  };

  test('there are no CORS headers unless origins are set', async () => {
    const { get } = await serve();
    const response = await get('/api/v1/anyone', { origin });
    expect(
      [...response.headers.keys()].filter((name) => name.startsWith('access-control')),
    ).toEqual([]);
  });

  test('a preflight needs no key and answers the allowed methods and headers', async () => {
    const { get } = await serve({ corsOrigins: [origin, 'http://other.example'] });
    const response = await get('/api/v1/things/1', preflight, 'OPTIONS');
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'x-api-key, content-type, idempotency-key, if-match, if-none-match, last-event-id, x-request-id',
    );
    expect(response.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(response.headers.get('access-control-max-age')).toBe('86400');
  });

  test.each([
    ['/api/v1/anyone', 200],
    ['/api/v1/things/1', 401],
    ['/nowhere', 404],
    ['/broken', 500],
  ])('%s may be read from an allowed origin, whatever the answer', async (path, status) => {
    const { get } = await serve({ corsOrigins: [origin] });
    const response = await get(path, { origin });
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-expose-headers')).toBe(
      'ETag, Location, Retry-After, Idempotency-Replayed, X-Request-Id',
    );
    expect(response.headers.get('vary')).toContain('Origin');
  });

  test('other origins are not allowed; * allows all', async () => {
    const some = await serve({ corsOrigins: [origin] });
    expect(
      (await some.get('/api/v1/anyone', { origin: 'http://evil.example' })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull();
    const all = await serve({ corsOrigins: ['*'] });
    expect(
      (await all.get('/api/v1/anyone', { origin })).headers.get('access-control-allow-origin'),
    ).toBe('*');
  });

  test('an OPTIONS that is not a preflight is answered as without CORS', async () => {
    const { get } = await serve({ corsOrigins: ['*'] });
    expect((await get('/public', {}, 'OPTIONS')).headers.get('allow')).toContain('GET');
    expect((await get('/nowhere', {}, 'OPTIONS')).status).toBe(404);
  });
});

describe('health', () => {
  test('answers that it lives and whether it is ready', async () => {
    let database: Readiness['database'] = async () => 'ok';
    const { get, log } = await serve({
      readiness: { database: () => database(), neighbours: { products: () => 'degraded' } },
    });
    expect(await (await get('/health')).json()).toEqual({ status: 'ok' });
    expect(await (await get('/health/ready')).json()).toEqual({
      status: 'ok',
      checks: { database: 'ok', products: 'degraded' },
    });
    database = async () => 'degraded';
    const degraded = await get('/health/ready');
    expect(degraded.status).toBe(200);
    expect(await degraded.json()).toEqual({
      status: 'degraded',
      checks: { database: 'degraded', products: 'degraded' },
    });
    database = () => Promise.reject(new Error('the disk is gone'));
    const failed = await get('/health/ready');
    expect(failed.status).toBe(503);
    expect(failed.headers.get('retry-after')).toBe('1');
    expect(await failed.json()).toEqual({
      status: 'failed',
      checks: { database: 'failed', products: 'degraded' },
    });
    expect(log.join('')).toContain('the disk is gone');
  });
});

describe('the documentation', () => {
  test('is a valid OpenAPI 3.1 document with scopes and errors', async () => {
    const { get } = await serve();
    const document = (await (await get('/openapi.json')).json()) as Record<string, never> & {
      openapi: string;
      info: { description: string };
      paths: Record<
        string,
        Record<
          string,
          {
            security: unknown;
            responses: Record<string, unknown>;
            requestBody?: { content: object };
          }
        >
      >;
    };
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.description).toContain('| 409 | `shelf-full` | The shelf is full |');
    expect(document.info.description).toContain('| 401 | `key-required` |');

    const operation = (path: string, method: string) => document.paths[path]?.[method];
    expect(operation('/api/v1/anyone', 'get')?.security).toEqual([
      {},
      { apiKey: ['products:read'] },
    ]);
    expect(operation('/api/v1/things/{id}', 'get')?.security).toEqual([
      { apiKey: ['inventory:read'] },
      { apiKey: ['purchases:write'] },
    ]);
    expect(operation('/health', 'get')?.security).toEqual([]);
    expect(Object.keys(operation('/api/v1/things', 'post')?.requestBody?.content ?? {})).toEqual([
      MEDIA_TYPE,
    ]);
    const responses = operation('/api/v1/things', 'post')?.responses ?? {};
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '415']));
    expect(responses['401']).toEqual({
      description: expect.stringContaining('`key-unknown`: '),
      content: { [MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/ErrorDocument' } } },
    });
    expect(responses['default']).toBeUndefined();
    expect(Object.keys(document.paths)).not.toContain('/docs');
  });

  test('works without a network: its page and scripts name no other origin to load from', async () => {
    const { get } = await serve();
    for (const path of ['/docs', '/docs/']) {
      const page = await get(path);
      expect(page.headers.get('content-type')).toContain('text/html');
      const html = await page.text();
      expect(html).not.toMatch(/(src|href)="?(https?:)?\/\//);
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'self'");
      expect(policy).not.toMatch(/https?:|\.io|upgrade-insecure/);
      const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
      expect(links.length).toBeGreaterThan(4);
      for (const link of links) expect((await fetch(new URL(link, page.url))).status).toBe(200);
    }
    const initializer = await (await get('/docs/static/swagger-initializer.js')).text();
    expect(initializer).toContain('validatorUrl: null');
  });
});

describe('answers', () => {
  test('have the security headers of an API, and no HSTS', async () => {
    const { get } = await serve();
    for (const path of ['/public', '/nowhere', '/broken', '/api/v1/anyone']) {
      const { headers } = await get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });

  test('show nothing of an internal error; the log does, with the request id, and never a key', async () => {
    const { get, log } = await serve();
    expect((await get('/public', { 'x-api-key': 'master-key' })).status).toBe(200);
    expect(log.filter((line) => line.includes('/public'))).toEqual([]);
    const response = await get('/broken', { 'x-api-key': 'master-key' });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/SELECT|shadow|stack/);
    for (let time = 0; time < 3; time += 1) await get('/refused');
    // A line is written after its answer.
    await vi.waitFor(() => expect(log.join('')).toContain('/refused'), 30_000);
    const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    const cause = lines.find(({ err }) => err !== undefined);
    expect(cause).toMatchObject({
      level: 'error',
      service: 'sample',
      err: { message: 'SELECT secret FROM /etc/shadow' },
    });
    expect(lines.filter(({ statusCode }) => statusCode !== undefined)).toMatchObject([
      { reqId: cause?.['reqId'], method: 'GET', path: '/broken', statusCode: 500 },
      { path: '/refused', statusCode: 503, err: { message: 'unavailable: Try again.' } },
    ]);
    expect(log.join('')).not.toContain('master-key');
  });

  test('one line a request is written when asked for, with its id and path and never the query', async () => {
    const { get, log } = await serve({ logsRequests: true });
    const headers = { 'x-api-key': 'master-key', cookie: 'session=def', 'x-request-id': 'mine-1' };
    await get('/public?search=somebody', headers);
    await get('/nowhere?api_key=master-key', { 'x-request-id': 'mine-2' });
    await vi.waitFor(() => expect(log.join('')).toContain('/nowhere'), 30_000);
    const lines = log.filter((line) => line.includes('reqId'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'info', reqId: 'mine-1', method: 'GET', path: '/public', statusCode: 200 },
      { level: 'info', reqId: 'mine-2', method: 'GET', path: '/nowhere', statusCode: 404 },
    ]);
    expect(log.join('')).not.toMatch(/master-key|session=|somebody/);
  });

  test('a log line with headers has no keys in it', async () => {
    const { app, log } = await serve();
    const headers = {
      'x-api-key': 'master-key',
      authorization: 'Bearer abc',
      cookie: 'session=def',
    };
    app.log.info({ headers, req: { headers }, a: { b: { headers } } }, 'careless');
    expect(log.at(-1)).toContain('[Redacted]');
    expect(log.at(-1)).not.toMatch(/master-key|Bearer|session=/);
  });
});

test('a start may read its files from a cold disk for a minute', async () => {
  const { app } = await serve();
  expect(app.initialConfig.pluginTimeout).toBe(60_000);
});

describe('closing', () => {
  test('lets a running request finish and ends connections that are idle or were never used', async () => {
    const { app, url } = await serve();
    const port = Number(new URL(url).port);
    const open = [connect({ host: '127.0.0.1', port }), connect({ host: '127.0.0.1', port })];
    await Promise.all(open.map((socket) => once(socket, 'connect')));
    open[1]?.write('GET /public HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(open[1] as Socket, 'data');
    const closings = open.map((socket) => once(socket.resume(), 'close'));

    const slow = fetch(`${url}/slow`);
    await slowBegins.promise;
    await app.close();
    const response = await slow;
    expect(response.status).toBe(200);
    expect(response.headers.get('connection')).toBe('close');
    await Promise.all(closings);
  });

  test('a server that never listened closes at once', async () => {
    const app = await createServer(settings());
    await app.ready();
    await app.close();
  });
});
