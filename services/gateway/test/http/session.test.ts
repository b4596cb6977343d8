import { describe, expect, test } from 'vitest';
import { codeOf, cookieIn, PASSWORD, signIn, startGateway } from '../support/test-gateway.ts';

const json = { 'content-type': 'application/json' };
const change = {
  method: 'POST',
  headers: { 'content-type': 'application/vnd.api+json' },
  body: '{"data":{}}',
};

describe('a browser', () => {
  test('is a shopper with a cookie from its first request on, and keeps its session', async () => {
    const { send } = await startGateway({ STOREFRONT: 'open' });
    const first = await send('/session');
    expect(await first.json()).toEqual({ role: 'shopper', storefront: 'open' });
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(first.headers.get('content-type')).toMatch(/^application\/json/);
    const again = await send('/session', { headers: { cookie: `x=1; ${cookieIn(first)}; y=2` } });
    expect(await again.json()).toEqual({ role: 'shopper', storefront: 'open' });
    expect(again.headers.getSetCookie()).toEqual([]);
  });

  test("gets a cookie that scripts and other sites can't use, nor plain http behind TLS", async () => {
    const { send } = await startGateway({ TRUST_PROXY: 'loopback' });
    const flags = async (headers = {}): Promise<string[]> => {
      const answers = [await send('/session', { headers }), await signIn(send, PASSWORD, headers)];
      return answers.map((one) => one.headers.getSetCookie()[0]?.replace(/^[^;]+; /, '') ?? '');
    };
    expect(await flags()).toEqual([
      'Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict',
      'Path=/; Max-Age=43200; HttpOnly; SameSite=Strict',
    ]);
    for (const one of await flags({ 'x-forwarded-proto': 'https' }))
      expect(one).toMatch(/; Secure$/);
  });

  test('behind TLS has a cookie that no other host can set', async () => {
    const { send, cookieOf } = await startGateway({ TRUST_PROXY: 'loopback' });
    const tls = { 'x-forwarded-proto': 'https', 'sec-fetch-site': 'same-origin' };
    const first = await send('/session', { headers: tls });
    expect(first.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-anaquel_session=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/,
      ),
    ]);
    const role = async (cookie: string): Promise<string> => {
      const answer = await send('/session', { headers: { ...tls, cookie } });
      return ((await answer.json()) as { role: string }).role;
    };
    const signedIn = cookieIn(await signIn(send, PASSWORD, tls));
    expect(signedIn).toMatch(/^__Host-/);
    expect(await role(signedIn)).toBe('operator');
    // A neighbouring host can set the old name, so the old name must not win.
    const foreign = await cookieOf('shopper');
    for (const cookie of [`${foreign}; ${signedIn}`, `${signedIn}; ${foreign}`])
      expect(await role(cookie)).toBe('operator');
    expect(await role(`__Host-anaquel_session=broken; ${foreign}`)).toBe('shopper');
  });

  test('with a session from before TLS keeps it until its cookie ends, and then gets a new one', async () => {
    const { send, cookieOf } = await startGateway({ TRUST_PROXY: 'loopback' });
    const cookie = await cookieOf('operator');
    const headers = { cookie, 'x-forwarded-proto': 'https', 'sec-fetch-site': 'same-origin' };
    expect(await (await send('/session', { headers })).json()).toMatchObject({ role: 'operator' });
    const signedOut = await send('/session', { method: 'DELETE', headers });
    expect(signedOut.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-anaquel_session=[^;]+;.*; Secure$/),
      'anaquel_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    ]);
  });

  test('that buys without a session gets a cookie', async () => {
    const { send, inventory } = await startGateway({ STOREFRONT: 'open' });
    const answer = await send('/api/v1/purchases', change);
    const [, id] = /=([\w-]+)\./.exec(cookieIn(answer)) ?? [];
    expect(inventory.received[0]?.headers['x-actor']).toBe(`shopper:${id}`);
    expect((await send('/api/v1/products')).headers.getSetCookie()).toEqual([]);
  });
});

describe('a page of another site', () => {
  test.each([
    ['by a link', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
    [
      'from an origin that may call',
      { origin: 'https://spa.example', 'sec-fetch-site': 'cross-site' },
    ],
  ])('%s makes no browser forget who it is', async (_, headers) => {
    const { send, inventory } = await startGateway({
      STOREFRONT: 'open',
      CORS_ORIGINS: 'https://spa.example',
    });
    // The browser sends such a request without the cookie, and a new cookie would replace it.
    const answer = await send('/session', { headers });
    expect(await answer.json()).toEqual({ role: 'shopper', storefront: 'open' });
    expect(answer.headers.getSetCookie()).toEqual([]);
    const changed = await send('/api/v1/purchases', {
      ...change,
      headers: { ...change.headers, ...headers },
    });
    expect(changed.headers.getSetCookie()).toEqual([]);
    expect(inventory.received).toHaveLength('origin' in headers ? 1 : 0);
  });
});

describe('an operator', () => {
  test('signs in with the password, may do everything, and is a shopper again after signing out', async () => {
    const { send, products, cookieOf } = await startGateway();
    const cookie = await cookieOf('operator');
    const ownPage = { 'sec-fetch-site': 'same-origin', cookie };
    expect(await (await send('/session', { headers: { cookie } })).json()).toEqual({
      role: 'operator',
      storefront: 'closed',
    });
    const headers = { ...change.headers, ...ownPage };
    expect((await send('/api/v1/products', { ...change, headers })).status).toBe(200);
    expect(products.received).toHaveLength(1);
    const out = await send('/session', { method: 'DELETE', headers: ownPage });
    expect(out.status).toBe(204);
    const after = await send('/session', { headers: { cookie: cookieIn(out) } });
    expect(await after.json()).toMatchObject({ role: 'shopper' });
  });

  test('is signed out by a new OPERATOR_PASSWORD, and after 12 hours', async () => {
    let now = new Date('2026-01-01T08:00:00Z');
    const clock = (): Date => now;
    const before = await startGateway({}, { clock });
    const cookie = await before.cookieOf('operator');
    const roleAt = async ({ send }: typeof before): Promise<unknown> =>
      ((await (await send('/session', { headers: { cookie } })).json()) as { role: string }).role;
    expect(await roleAt(await startGateway({}, { clock }))).toBe('operator');
    expect(await roleAt(await startGateway({ OPERATOR_PASSWORD: 'another-one' }, { clock }))).toBe(
      'shopper',
    );
    now = new Date('2026-01-01T20:00:00Z');
    expect(await roleAt(before)).toBe('shopper');
  });

  test('with a wrong password is refused five times, and then has to wait', async () => {
    let now = new Date('2026-01-01T08:00:00Z');
    const { send, log } = await startGateway({}, { clock: () => now });
    const guesses = await Promise.all(Array.from({ length: 20 }, () => signIn(send, 'wrong')));
    expect(guesses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array.from({ length: 5 }, () => 401),
      ...Array.from({ length: 15 }, () => 429),
    ]);
    const refused = guesses.find(({ status }) => status === 401);
    expect(refused && (await codeOf(refused))).toBe('wrong-password');
    expect(log.filter((line) => line.includes('a wrong password was tried'))).toHaveLength(5);
    expect(log.join('')).not.toContain('"wrong"');
    expect(refused?.headers.getSetCookie()).toEqual([]);
    const right = await signIn(send, PASSWORD);
    expect(right.status, 'even the right one').toBe(429);
    expect(right.headers.get('retry-after')).toBe('60');
    now = new Date('2026-01-01T08:01:00Z');
    expect((await signIn(send, PASSWORD)).status).toBe(200);
  });

  test.each([
    ['{"password":7}', json, 'invalid-document'],
    ['{}', json, 'invalid-document'],
    ['', json, 'invalid-document'],
    ['{', json, 'invalid-json'],
    [`{"password":"${'x'.repeat(5_000)}"}`, json, 'payload-too-large'],
    [`{"password":"${PASSWORD}"}`, { 'content-type': 'text/plain' }, 'unsupported-media-type'],
  ])('that sends %s is told what is wrong', async (body, headers, code) => {
    const { send } = await startGateway();
    expect(await codeOf(await send('/session', { method: 'POST', headers, body }))).toBe(code);
  });
});

describe('another site', () => {
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' };

  test.each([
    ['POST', '/api/v1/products'],
    ['DELETE', '/api/v1/products/1'],
    ['POST', '/session'],
    ['DELETE', '/session'],
  ])('cannot %s %s with an operator’s cookie', async (method, path) => {
    const { send, products, cookieOf } = await startGateway();
    const cookie = await cookieOf('operator');
    const asPage = { method, ...(method === 'POST' && { body: '{"password":"x"}' }) };
    for (const headers of [
      foreign,
      { origin: foreign.origin },
      { 'sec-fetch-site': 'same-site' },
      {},
    ]) {
      const answer = await send(path, { ...asPage, headers: { ...json, cookie, ...headers } });
      expect(answer.status).toBe(403);
      expect(await codeOf(answer)).toBe('cross-site-request');
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(products.received).toEqual([]);
  });

  test('cannot buy as a shopper either, nor by sending its own name as Host', async () => {
    const { send, inventory, cookieOf } = await startGateway({ STOREFRONT: 'open' });
    const cookie = await cookieOf('shopper');
    for (const headers of [{ ...foreign, cookie }, foreign]) {
      const answer = await send('/api/v1/purchases', {
        ...change,
        headers: { ...change.headers, ...headers },
      });
      expect(await codeOf(answer)).toBe('cross-site-request');
    }
    expect(inventory.received).toEqual([]);
  });

  test('in CORS_ORIGINS may call with an API key or a token, and buy without a session', async () => {
    const origin = 'http://app.example';
    const { send, inventory } = await startGateway({ CORS_ORIGINS: origin, STOREFRONT: 'open' });
    const page = { 'sec-fetch-site': 'cross-site', origin };
    const preflight = await send('/api/v1/purchases', {
      method: 'OPTIONS',
      headers: {
        ...page,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-api-key',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    for (const key of [{ 'x-api-key': 'own' }, {}]) {
      const headers = { ...change.headers, ...page, ...key };
      const answer = await send('/api/v1/purchases', { ...change, headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    }
    expect(inventory.received).toHaveLength(2);
  });
});

describe('a shopper', () => {
  test('may only read while the storefront is closed', async () => {
    const { send, inventory, cookieOf } = await startGateway();
    const headers = { ...change.headers, cookie: await cookieOf('shopper') };
    for (const path of ['/api/v1/purchases', '/api/v1/reservations', '/api/v1/stock-movements']) {
      const answer = await send(path, { ...change, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBeTruthy();
      expect(await codeOf(answer)).toBe('sign-in-required');
    }
    expect(inventory.received).toEqual([]);
    expect((await send('/api/v1/inventories', { headers })).status).toBe(200);
  });

  test("gets sign-in-required when the service refuses the role's key", async () => {
    const { send, inventory } = await startGateway();
    inventory.behave((_request, response) => void response.writeHead(403).end('{}'));
    expect(await codeOf(await send('/api/v1/stock-movements'))).toBe('sign-in-required');
    expect((await send('/api/v1/audit', { headers: { 'x-api-key': 'own' } })).status).toBe(403);
  });

  test('has a limit of changes by address, which does not count reads or callers with their own key', async () => {
    const { send, inventory } = await startGateway({ STOREFRONT: 'open' });
    const buy = (more = {}) =>
      send('/api/v1/purchases', { ...change, headers: { ...change.headers, ...more } });
    const answers = await Promise.all(Array.from({ length: 80 }, () => buy()));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(10);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(60);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(refused[0] && (await codeOf(refused[0]))).toBe('too-many-requests');
    const before = inventory.received.length;
    expect((await buy({ 'x-api-key': 'own' })).status).toBe(200);
    expect((await send('/api/v1/inventories')).status).toBe(200);
    expect(inventory.received.length).toBe(before + 2);
  });
});
