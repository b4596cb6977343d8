import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../src/index.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A real server that answers each request with the next of these, and repeats the last one. */
async function neighbour(
  ...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]
): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request);
    answers[Math.min(requests.length, answers.length) - 1]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function clientFor(
  baseUrls: string | string[],
  options: Partial<HttpClientOptions> = {},
): HttpClient {
  const client = createHttpClient({
    baseUrls: [baseUrls].flat(),
    apiKey: 'the-key',
    timeoutMs: 1_000,
    maxRetries: 2,
    ...options,
  });
  cleanups.push(() => client.close());
  return client;
}

const json =
  (status: number, body: unknown) => (_request: IncomingMessage, response: ServerResponse) =>
    void response
      .writeHead(status, { 'content-type': 'application/vnd.api+json' })
      .end(JSON.stringify(body));
const cut = (request: IncomingMessage): void => void request.socket.destroy();
const silence = (): void => {};

describe('the HTTP client', () => {
  test('does not retry a refusal of its key', async () => {
    const { url, requests } = await neighbour((_request, response) => {
      response.writeHead(429, { 'www-authenticate': 'ApiKey', 'retry-after': '60' }).end('{}');
    });
    expect(await clientFor(url).getJson('/things')).toMatchObject({ ok: true, status: 429 });
    expect(requests).toHaveLength(1);
  });

  test('answers with the status and the parsed body, and sends its key', async () => {
    const { url, requests } = await neighbour(json(200, { data: [1] }), json(404, { errors: [] }));
    const client = clientFor(`${url}/base/`);
    expect(await client.getJson('/things?filter[id]=1')).toEqual({
      ok: true,
      status: 200,
      body: { data: [1] },
    });
    expect(await client.getJson('/things/9')).toEqual({
      ok: true,
      status: 404,
      body: { errors: [] },
    });
    expect(requests[0]?.url).toBe('/base/things?filter[id]=1');
    expect(requests[0]?.headers['x-api-key']).toBe('the-key');
  });

  test('reuses its connections', async () => {
    const { url, requests } = await neighbour(json(200, {}));
    const client = clientFor(url);
    for (let round = 0; round < 20; round += 1) await client.getJson('/');
    expect(new Set(requests.map(({ socket }) => socket)).size).toBeLessThanOrEqual(2);
  });

  test.each([
    ['a 500', json(500, {})],
    ['a 503', json(503, {})],
    ['a 429', json(429, {})],
    ['a cut connection', cut],
  ])('tries again after %s', async (_name, failure) => {
    const { url, requests } = await neighbour(failure, failure, json(200, { fine: true }));
    expect(await clientFor(url).getJson('/')).toEqual({
      ok: true,
      status: 200,
      body: { fine: true },
    });
    expect(requests).toHaveLength(3);
  });

  test('does not try again for somebody who no longer waits', async () => {
    const { url, requests } = await neighbour(json(503, {}));
    const isWaitedFor = () => requests.length < 2;
    expect(await clientFor(url).getJson('/', { isWaitedFor })).toMatchObject({ reason: 'failed' });
    expect(requests).toHaveLength(2);
  });

  test.each([
    [json(500, {}), 'failed'],
    [json(429, {}), 'overloaded'],
    [cut, 'unreachable'],
  ])('gives up after its retries and says why', async (failure, reason) => {
    const { url, requests } = await neighbour(failure);
    expect(await clientFor(url, { maxRetries: 1 }).getJson('/')).toMatchObject({
      ok: false,
      reason,
    });
    expect(requests).toHaveLength(2);
  });

  test('a closed port is unreachable', async () => {
    expect(await clientFor('http://127.0.0.1:1', { maxRetries: 0 }).getJson('/')).toEqual({
      ok: false,
      reason: 'unreachable',
      detail: 'ECONNREFUSED',
    });
  });

  test.each([
    ['a neighbour that never answers', silence],
    [
      'one that stops halfway',
      (_: IncomingMessage, response: ServerResponse) =>
        void response.writeHead(200).write('{"data":'),
    ],
    ['retries that last too long', json(503, {})],
  ])('one budget holds for %s', async (_name, answer) => {
    const { url } = await neighbour(answer);
    // Without a time budget this would not end before the test.
    const result = await clientFor(url, { timeoutMs: 200, maxRetries: 100_000 }).getJson('/');
    expect(result).toMatchObject({ ok: false, reason: 'timeout' });
  });

  test('never follows a redirect, and refuses bodies that are not JSON or too large', async () => {
    const redirect = (_: IncomingMessage, response: ServerResponse): void =>
      void response.writeHead(302, { location: '/other' }).end();
    const page = (_: IncomingMessage, response: ServerResponse): void =>
      void response.writeHead(200).end('<html>');
    const huge = (_: IncomingMessage, response: ServerResponse): void => {
      response.on('error', () => {});
      response.writeHead(200).end(Buffer.alloc(9 * 1_048_576, 32));
    };
    const { url, requests } = await neighbour(redirect, page, huge);
    const client = clientFor(url, { timeoutMs: 5_000 });
    expect(await client.getJson('/')).toMatchObject({
      ok: false,
      reason: 'unusable',
      detail: 'answered 302',
    });
    expect(await client.getJson('/')).toMatchObject({ ok: false, reason: 'unusable' });
    expect(await client.getJson('/')).toMatchObject({ ok: false, reason: 'unusable' });
    expect(requests).toHaveLength(3);
  });

  test('asks another replica when one is down, and then that one alone', async () => {
    const { url, requests } = await neighbour(json(200, { fine: true }));
    const client = clientFor(['http://127.0.0.1:1', url], { maxRetries: 1 });
    for (let lookup = 0; lookup < 20; lookup += 1)
      expect(await client.getJson('/')).toMatchObject({ ok: true, status: 200 });
    expect(requests.filter((request) => request.url === '/')).toHaveLength(20);
  });

  test('asks another replica when one hangs, without waiting for the end of its time', async () => {
    const hanging = await neighbour(silence);
    const { url } = await neighbour(json(200, { fine: true }));
    const client = clientFor([hanging.url, url], { maxRetries: 1, timeoutMs: 600_000 });
    // One of two goes to each.
    const lookups = [client.getJson('/'), client.getJson('/')];
    for (const answer of await Promise.all(lookups))
      expect(answer).toMatchObject({ ok: true, status: 200 });
  });

  test('a closed client reports that it is closed', async () => {
    const { url } = await neighbour(json(200, {}));
    const client = createHttpClient({
      baseUrls: [url],
      apiKey: 'k',
      timeoutMs: 1_000,
      maxRetries: 2,
    });
    await client.close();
    expect(await client.getJson('/')).toMatchObject({ ok: false, reason: 'closed' });
  });
});
