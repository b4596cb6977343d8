import { randomBytes } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/test-gateway.ts';

const LIST = JSON.stringify({ data: Array.from({ length: 400 }, (_, i) => ({ id: String(i) })) });
const LIST_HEADERS = { 'content-type': 'application/vnd.api+json', vary: 'Accept' };

/** A gateway whose Products answers this. */
async function startWith(body: string, headers: object = LIST_HEADERS): Promise<TestGateway> {
  const gateway = await startGateway();
  gateway.products.behave((_request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.end(body);
  });
  return gateway;
}

/** As it comes, unlike by `fetch`. */
async function read({ url }: TestGateway, accepted?: string, path = '/api/v1/products') {
  const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
  const answer = await request(url + path, { headers });
  return { headers: answer.headers, bytes: Buffer.from(await answer.body.arrayBuffer()) };
}

const codeIn = (bytes: Buffer): string => JSON.parse(bytes.toString()).errors[0].code;

test.each([
  ['br', 'br'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip', 'gzip'],
  ['br;q=0.1, gzip;q=0.9', 'gzip'],
  ['br;q=0, *', 'gzip'],
  ['*', 'br'],
])('a long list is compressed for one who accepts %s: by %s', async (accepted, encoding) => {
  const { headers, bytes } = await read(await startWith(LIST), accepted);
  expect(headers['content-encoding']).toBe(encoding);
  expect(headers['content-type']).toBe('application/vnd.api+json');
  expect(headers.vary).toMatch(/^Accept, Accept-Encoding, /);
  const text = encoding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes);
  expect(text.toString()).toBe(LIST);
  expect(bytes.length).toBeLessThan(LIST.length / 4);
});

test.each([undefined, 'identity', 'deflate', 'br;q=0', 'gzip;q=0.0'])(
  'it is sent as it is to one who accepts %s, and says that others get it otherwise',
  async (accepted) => {
    const { headers, bytes } = await read(await startWith(LIST), accepted);
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers['content-length']).toBe(String(LIST.length));
    expect(headers.vary).toContain('Accept-Encoding');
    expect(bytes.toString()).toBe(LIST);
  },
);

test.each([
  ['what is short', '{"data":[]}', LIST_HEADERS],
  ['what a strong tag names', LIST, { ...LIST_HEADERS, etag: '"7"' }],
  ['a picture', LIST, { 'content-type': 'image/webp' }],
  ['what is compressed', LIST, { ...LIST_HEADERS, 'content-encoding': 'br' }],
  ['a stream of events', LIST, { 'content-type': 'text/event-stream' }],
])('%s is passed on as it is', async (_what, body, how) => {
  const { headers, bytes } = await read(await startWith(body, how), 'br, gzip');
  const { vary: _, ...own } = { 'content-encoding': undefined, ...how } as Record<string, unknown>;
  expect(Object.fromEntries(Object.keys(own).map((name) => [name, headers[name]]))).toEqual(own);
  expect(bytes.toString()).toBe(body);
});

test('the answer to a change is passed on as it is', async () => {
  const gateway = await startWith(LIST);
  const answer = await request(`${gateway.url}/api/v1/products`, {
    method: 'POST',
    headers: {
      'content-type': 'application/vnd.api+json',
      'accept-encoding': 'br',
      'x-api-key': 'k',
    },
    body: '{}',
  });
  expect(answer.headers['content-encoding']).toBeUndefined();
  expect(await answer.body.text()).toBe(LIST);
});

test.each([
  ['at its beginning', LIST],
  ['later', randomBytes(300_000).toString('hex')],
])('a list that breaks off %s is not taken for a whole one', async (_when, beginning) => {
  const gateway = await startGateway();
  gateway.products.behave((_request, response) => {
    response.writeHead(200, { ...LIST_HEADERS, 'content-length': '1000000' });
    response.write(beginning, () => response.destroy());
  });
  const outcome = await read(gateway, 'br').then(
    ({ headers, bytes }) => `${String(headers['content-encoding'])}, ${codeIn(bytes)}`,
    (error: Error) => error.name,
  );
  // Unless it can still be told, the connection ends.
  expect(['SocketError', 'undefined, service-unavailable']).toContain(outcome);
});

test('the documentation is compressed', async () => {
  const { headers, bytes } = await read(await startGateway(), 'br', '/docs/json');
  expect(headers['content-encoding']).toBe('br');
  expect(JSON.parse(brotliDecompressSync(bytes).toString())).toMatchObject({ openapi: '3.1.0' });
});
