import { KeyObject, sign as signBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeOf, KEYS, startGateway } from '../support/test-gateway.ts';

const issuer = 'https://issuer.example';
const audience = 'anaquel';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

let keys: KeyPair;
let server: Server;
let jwksUrl: string;
let answerJwks: () => { status: number; body: unknown };

beforeEach(async () => {
  keys = await generateKeyPair('ES256', { extractable: true });
  const published: JWK = {
    ...(await exportJWK(keys.publicKey)),
    kid: 'one',
    alg: 'ES256',
    use: 'sig',
  };
  answerJwks = () => ({ status: 200, body: { keys: [published] } });
  server = createServer((_request, response) => {
    const { status, body } = answerJwks();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const start = () =>
  startGateway({
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: audience,
    JWT_JWKS_URL: jwksUrl,
    STOREFRONT: 'open',
  });

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

const good = () => ({
  iss: issuer,
  aud: audience,
  sub: 'ana',
  role: 'operator',
  exp: nowSeconds() + 300,
});

interface Signing {
  header?: object;
  key?: Parameters<SignJWT['sign']>[0];
}

function sign(claims: object, { header = {}, key = keys.privateKey }: Signing = {}) {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'JWT', ...header })
    .sign(key);
}

/** Signs any claims, even those that no library would sign. */
async function signText(header: string, claims: string): Promise<string> {
  const signed = [header, claims].map((part) => Buffer.from(part).toString('base64url')).join('.');
  const key = KeyObject.from(keys.privateKey);
  const signature = signBytes('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

test('a valid token gives role and subject, without a cookie and from any page', async () => {
  const { send, inventory } = await start();
  for (const claims of [
    good(),
    { ...good(), aud: ['other', audience], role: undefined, roles: ['shopper'] },
  ]) {
    const { headers } = bearer(await sign(claims));
    const answer = await send('/api/v1/purchases', {
      method: 'POST',
      headers: {
        ...headers,
        'sec-fetch-site': 'cross-site',
        'content-type': 'application/vnd.api+json',
      },
      body: '{}',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([]);
  }
  expect(
    inventory.received.map(({ headers }) => [headers['x-api-key'], headers['x-actor']]),
  ).toEqual([
    [KEYS.OPERATOR_API_KEY, 'operator:ana'],
    [KEYS.STOREFRONT_API_KEY, 'shopper:ana'],
  ]);
  for (const { headers } of inventory.received) expect(headers).not.toHaveProperty('authorization');
});

test('a shopper with a token may do no more than any shopper', async () => {
  const { send } = await start();
  const { headers } = bearer(await sign({ ...good(), role: 'shopper' }));
  const answer = await send('/api/v1/products', { method: 'POST', headers, body: '{}' });
  expect(await codeOf(answer)).toBe('sign-in-required');
});

test('access tokens have their type in the header, or none', async () => {
  const { send } = await start();
  for (const typ of ['at+jwt', 'application/at+jwt', undefined])
    expect(
      (await send('/api/v1/products', bearer(await sign(good(), { header: { typ } })))).status,
    ).toBe(200);
});

const refused: Record<string, () => Promise<string> | string> = {
  'another audience': () => sign({ ...good(), aud: 'other' }),
  'no audience': () => sign({ ...good(), aud: undefined }),
  'another issuer': () => sign({ ...good(), iss: 'https://evil.example' }),
  'no issuer': () => sign({ ...good(), iss: undefined }),
  'another type': () => sign(good(), { header: { typ: 'logout+jwt' } }),
  'an end that has passed': () => sign({ ...good(), exp: nowSeconds() - 60 }),
  'no end': () => sign({ ...good(), exp: undefined }),
  'a beginning to come': () => sign({ ...good(), nbf: nowSeconds() + 60 }),
  'no subject': () => sign({ ...good(), sub: undefined }),
  'a foreign key': async () => sign(good(), { key: (await generateKeyPair('ES256')).privateKey }),
  'a key that nobody published': async () =>
    sign(good(), { header: { kid: 'two' }, key: (await generateKeyPair('ES256')).privateKey }),
  'another algorithm with a published name': async () =>
    sign(good(), { header: { alg: 'RS256' }, key: (await generateKeyPair('RS256')).privateKey }),
  'HS256 with the public key as secret': async () => {
    const pem = new TextEncoder().encode(await exportSPKI(keys.publicKey));
    return sign(good(), { header: { alg: 'HS256' }, key: pem });
  },
  'the algorithm none': () => new UnsecuredJWT(good()).encode(),
  'a signature of something else': async () => {
    const [header, , signature] = (await sign({ ...good(), role: 'shopper' })).split('.');
    const claims = Buffer.from(JSON.stringify(good())).toString('base64url');
    return `${header}.${claims}.${signature}`;
  },
  'an extension that must be understood': () =>
    sign(good(), { header: { crit: ['x'], x: 1 } }).catch(() => 'a.b.c'),
  'no parts': () => 'abc',
  nothing: () => '',
};

test.each(Object.entries(refused))('a token with %s is refused', async (_, make) => {
  const { send, products } = await start();
  const answer = await send('/api/v1/products', bearer(await make()));
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  expect(await codeOf(answer)).toBe('token-invalid');
  expect(products.received).toEqual([]);
});

const header = (more: object): string =>
  JSON.stringify({ alg: 'ES256', kid: 'one', typ: 'JWT', ...more });
const claims = (more: object): string => JSON.stringify({ ...good(), ...more });
const oddValues = [0, 7, -1.5, 1e300, '', '7', 'x'.repeat(3_000), true, null, [], [[['x']]], {}];

test('the signing helper of these tests makes valid signatures', async () => {
  const { send } = await start();
  const token = await signText(header({}), claims({}));
  expect((await send('/api/v1/products', bearer(token))).status).toBe(200);
});

test('a token with any odd header is accepted or refused, and never a server error', async () => {
  const { send } = await start();
  for (const name of ['typ', 'alg', 'kid', 'crit', 'b64', 'cty', 'zip', 'jwk', 'x5c']) {
    for (const value of oddValues) {
      const token = await signText(header({ [name]: value }), claims({}));
      const { status } = await send('/api/v1/products', bearer(token));
      const allowed = ['cty', 'zip', 'jwk', 'x5c', 'b64'].includes(name) ? [200, 401] : [401];
      expect(allowed, `${name} ${JSON.stringify(value)}`).toContain(status);
    }
  }
});

test('a token with any odd claim is accepted or refused, and never a server error', async () => {
  const { send } = await start();
  for (const name of ['sub', 'role', 'roles', 'exp', 'nbf', 'iat', 'iss', 'aud', 'jti']) {
    for (const value of oddValues) {
      const token = await signText(header({}), claims({ [name]: value }));
      const { status } = await send('/api/v1/products', bearer(token));
      expect([200, 401, 403], `${name} ${JSON.stringify(value)}`).toContain(status);
    }
  }
});

test.each([
  ['a header that is no object', '7', '{}'],
  ['a header that is null', 'null', '{}'],
  ['claims that are a list', header({}), '[]'],
  ['claims that are null', header({}), 'null'],
  ['claims that are no JSON', header({}), '{'],
  ['an end beyond all numbers that is text', header({}), '{"exp":"1e400"}'],
])('a token with %s is refused', async (_, head, payload) => {
  const { send } = await start();
  const answer = await send('/api/v1/products', bearer(await signText(head, payload)));
  expect(answer.status).toBe(401);
  expect(await codeOf(answer)).toBe('token-invalid');
});

test('a token without a role of ours is role-missing', async () => {
  const { send } = await start();
  const answer = await send('/api/v1/products', bearer(await sign({ ...good(), role: 'admin' })));
  expect(answer.status).toBe(403);
  expect(await codeOf(answer)).toBe('role-missing');
});

test("without the issuer's keys the answer is 503; it works once they can be fetched", async () => {
  const { send } = await start();
  const token = bearer(await sign(good()));
  const working = answerJwks;
  for (const failing of [
    { status: 500, body: {} },
    { status: 200, body: { no: 'keys' } },
  ]) {
    answerJwks = () => failing;
    const answer = await send('/api/v1/products', token);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await codeOf(answer)).toBe('token-unverifiable');
  }
  answerJwks = working;
  expect((await send('/api/v1/products', token)).status).toBe(200);
  server.closeAllConnections();
  server.close();
  expect((await send('/api/v1/products', token)).status, 'keys are kept').toBe(200);
});

test('unusable keys of the issuer are a 503, not an invalid token', async () => {
  const { send } = await start();
  const token = bearer(await sign(good()));
  answerJwks = () => ({
    status: 200,
    body: { keys: [{ kty: 'EC', crv: 'P-256', kid: 'one', x: '!', y: 7 }] },
  });
  expect(await codeOf(await send('/api/v1/products', token))).toBe('token-unverifiable');
});

test('an issuer that cannot be reached at all is a 503 too', async () => {
  server.closeAllConnections();
  server.close();
  const { send } = await start();
  const answer = await send('/api/v1/products', bearer(await sign(good())));
  expect(answer.status).toBe(503);
});

test('without a configured issuer no token is accepted; Authorization of another scheme is ignored', async () => {
  const { send } = await startGateway();
  expect((await send('/api/v1/products', bearer(await sign(good())))).status).toBe(401);
  const basic = { headers: { authorization: 'Basic YTpi' } };
  expect((await send('/api/v1/products', basic)).status).toBe(200);
});

test('a stream ends cleanly with its token', async () => {
  const { send, inventory } = await start();
  const cut = Promise.withResolvers<void>();
  inventory.behave((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\n\n');
    response.once('close', cut.resolve);
  });
  const follow = async (seconds: number) => {
    const exp = Math.ceil(Date.now() / 1_000) + seconds;
    const token = await sign({ ...good(), exp });
    return { exp, answer: await send('/api/v1/stock-events/stream', bearer(token)) };
  };
  let { exp, answer } = await follow(1);
  // A busy machine may take longer to ask than a token lasts.
  for (let seconds = 4; answer.status === 401 && seconds <= 30; seconds *= 2)
    ({ exp, answer } = await follow(seconds));
  expect(await answer.text()).toBe('id: 1\n\n');
  expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
  await cut.promise;
});

test('a stream with a token that lasts longer than the longest timer does not end early', async () => {
  const { send, inventory } = await start();
  let more = (): void => {};
  inventory.behave((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\n\n');
    more = () => response.end('id: 2\n\n');
  });
  // JSON.parse reads a number that is too large as Infinity.
  const token = await signText(header({}), claims({}).replace(/"exp":\d+/, '"exp":1e400'));
  const answer = await send('/api/v1/stock-events/stream', bearer(token));
  expect(answer.status).toBe(200);
  setTimeout(() => more(), 200);
  expect(await answer.text()).toBe('id: 1\n\nid: 2\n\n');
});
