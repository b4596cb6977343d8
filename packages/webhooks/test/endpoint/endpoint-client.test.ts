import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  createServer as createSocketServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { createEndpointClient } from '../../src/endpoint/endpoint-client.ts';
import type { Resolver } from '../../src/endpoint/resolver.ts';
import { createCertificate, hasOpenssl } from '../certificates.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const NAME = 'partner.invalid';
/** Long enough for what comes, and short for what hangs for good. */
const SHORT_MS = 300;

function open(options: Partial<Parameters<typeof createEndpointClient>[0]> = {}) {
  const client = createEndpointClient({
    resolver: async () => ['127.0.0.1'],
    allowPrivate: true,
    ...options,
  });
  ends.push(client.close);
  return client;
}

async function listen(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  ends.push(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

const startHttp = (answer: RequestListener) => listen(createServer(answer));
/** What is done with a connection once a request begins on it. */
const startRaw = (talk: (socket: Socket) => void) =>
  listen(createSocketServer((socket) => void socket.once('data', () => talk(socket))));

function request(url: string, body = '{"a":"ñ"}') {
  return { url, headers: { 'content-type': 'application/json', 'webhook-id': '7' }, body };
}

test('a request is posted as it is, under the name of its endpoint', async () => {
  const seen: { request: IncomingMessage; body: string }[] = [];
  const port = await startHttp(async (incoming, answer) => {
    seen.push({ request: incoming, body: await text(incoming) });
    answer.writeHead(202).end('thank you');
  });
  const answer = await open().send(request(`http://${NAME}:${port}/events?to=me`));
  expect(answer).toMatchObject({ kind: 'answered', status: 202, body: 'thank you' });
  expect(answer.durationMs).toBeGreaterThanOrEqual(0);
  expect(seen).toHaveLength(1);
  expect(seen[0]?.body).toBe('{"a":"ñ"}');
  expect(seen[0]?.request).toMatchObject({ method: 'POST', url: '/events?to=me' });
  expect(seen[0]?.request.headers).toEqual({
    host: `${NAME}:${port}`,
    connection: 'keep-alive',
    'content-type': 'application/json',
    'content-length': '10',
    'user-agent': 'Anaquel-Webhooks',
    'webhook-id': '7',
  });
});

test('connections are used again', async () => {
  const ports: (number | undefined)[] = [];
  const port = await startHttp((incoming, answer) => {
    ports.push(incoming.socket.remotePort);
    answer.end();
  });
  const client = open();
  for (let sent = 0; sent < 20; sent += 1) await client.send(request(`http://${NAME}:${port}/`));
  expect(ports).toHaveLength(20);
  // Two by turns: an answer is there a moment before its connection is free.
  expect(new Set(ports).size).toBeLessThanOrEqual(2);
});

test('an attempt goes to the addresses that were found for it, not to an older connection', async () => {
  const hosts: (string | undefined)[] = [];
  const answer: RequestListener = (incoming, response) => {
    hosts.push(incoming.socket.localAddress);
    response.end();
  };
  const port = await listen(createServer(answer), '127.0.0.1');
  await listen(createServer(answer), '127.0.0.2', port);
  const found = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1']];
  const resolver = vi.fn<Resolver>(async () => found.shift() ?? []);
  const client = open({ resolver });
  for (let sent = 0; sent < 3; sent += 1) await client.send(request(`http://${NAME}:${port}/`));
  expect(hosts).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.1']);
  expect(resolver.mock.calls).toEqual([[NAME], [NAME], [NAME]]);
});

test('of several addresses the next is tried when one refuses', async () => {
  const port = await startHttp((_incoming, answer) => void answer.end('here'));
  const client = open({ resolver: async () => ['127.0.0.3', '127.0.0.1'] });
  expect(await client.send(request(`http://${NAME}:${port}/`))).toMatchObject({ body: 'here' });
});

test.each([
  ['a private address', 'https://127.0.0.1', []],
  ['a short form of one', 'https://127.1', []],
  ['one in octal digits', 'https://0177.0.0.1', []],
  ['one in hexadecimal digits', 'https://0x7f000001', []],
  ['one as a single number', 'https://2130706433', []],
  ['one within IPv6', 'https://[::ffff:127.0.0.1]', []],
  ['a name with a private address', `https://${NAME}`, ['127.0.0.1']],
  ['a name with a public address and a private one', `https://${NAME}`, ['1.1.1.1', '127.0.0.1']],
  ['a name that is public no longer', 'https://localhost', ['127.0.0.1']],
])('%s is refused and not connected to', async (_title, origin, addresses) => {
  const connected = vi.fn();
  const port = await listen(createSocketServer(connected));
  const client = open({ resolver: async () => addresses, allowPrivate: false });
  expect(await client.send(request(`${origin}:${port}/`))).toMatchObject({
    kind: 'failed',
    reason: 'not-public',
  });
  expect(connected).not.toHaveBeenCalled();
});

test('plain http is refused once private addresses are no longer allowed', async () => {
  const client = open({ resolver: async () => ['1.1.1.1'], allowPrivate: false });
  const answer = await client.send(request(`http://${NAME}/`));
  expect(answer).toMatchObject({ kind: 'failed', reason: 'not-https' });
});

test.each([
  [[], 'not-found'],
  [null, 'not-looked-up'],
])('a name with the addresses %s is a failure', async (addresses, reason) => {
  const client = open({ resolver: async () => addresses });
  const answer = await client.send(request(`http://${NAME}/`));
  expect(answer).toMatchObject({ kind: 'failed', reason });
});

test('a redirect is an answer like others, and not followed', async () => {
  const within = vi.fn();
  const target = await listen(createSocketServer(within));
  const port = await startHttp((_incoming, answer) => {
    answer.writeHead(307, { location: `http://127.0.0.1:${target}/` }).end();
  });
  const answer = await open().send(request(`http://${NAME}:${port}/`));
  expect(answer).toMatchObject({ kind: 'answered', status: 307 });
  expect(within).not.toHaveBeenCalled();
});

test('the first 1,024 bytes of an answer are kept, without half a character', async () => {
  const port = await startHttp((_incoming, answer) => void answer.end(`x${'ñ'.repeat(1_000)}`));
  const answer = await open().send(request(`http://${NAME}:${port}/`));
  expect(answer).toMatchObject({ body: `x${'ñ'.repeat(511)}` });
});

test('what is no text is kept in a form that any database takes', async () => {
  const port = await startHttp((_incoming, answer) => void answer.end(Buffer.of(97, 0, 255, 98)));
  const answer = await open().send(request(`http://${NAME}:${port}/`));
  expect(answer).toMatchObject({ body: 'a\uFFFD\uFFFDb' });
});

test.each([
  ['120', 120_000],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', null],
  ['-1', null],
  ['2026-01-01', null],
])('an answer that asks to wait until %j asks for %j ms', async (header, retryAfterMs) => {
  const port = await startHttp((_incoming, answer) => {
    answer.writeHead(429, { 'retry-after': header }).end();
  });
  const answer = await open().send(request(`http://${NAME}:${port}/`));
  expect(answer).toMatchObject({ kind: 'answered', status: 429, retryAfterMs });
});

test('an answer may ask to wait until an instant that is to come, or not at all', async () => {
  const hour = 3_600_000;
  const instant = new Date(Date.now() + 2 * hour).toUTCString();
  const headers: Record<string, string>[] = [{ 'retry-after': instant }, {}];
  const port = await startHttp((_incoming, answer) => {
    answer.writeHead(503, headers.shift()).end();
  });
  const client = open();
  const answer = await client.send(request(`http://${NAME}:${port}/`));
  if (answer.kind !== 'answered') throw new Error(JSON.stringify(answer));
  expect(answer.retryAfterMs).toBeGreaterThan(hour);
  expect(answer.retryAfterMs).toBeLessThanOrEqual(2 * hour);
  const next = await client.send(request(`http://${NAME}:${port}/`));
  expect(next).toMatchObject({ kind: 'answered', retryAfterMs: null });
});

test('an answer of 64 KiB is read, and a longer one is cut', async () => {
  let extra = 0;
  const port = await startHttp((_incoming, answer) => {
    answer.end('x'.repeat(65_536 + extra));
    extra = 1;
  });
  const client = open();
  const url = `http://${NAME}:${port}/`;
  expect(await client.send(request(url))).toMatchObject({ kind: 'answered', status: 200 });
  const answer = await client.send(request(url));
  expect(answer).toMatchObject({ kind: 'failed', reason: 'answer-too-long' });
});

const ANSWER = 'HTTP/1.1 200 OK\r\n';
const BROKEN = 'connection-closed';
const LATE = 'answer-late 0.3';

/** Writes until the other side has had enough. */
function flood(socket: Socket, head: string, part: string): void {
  socket.write(head);
  const write = () => {
    while (!socket.destroyed && socket.write(part));
  };
  socket.on('drain', write);
  write();
}

test.each<[string, (socket: Socket) => void, string]>([
  [
    'streams for ever',
    (socket) => flood(socket, `${ANSWER}\r\n`, 'x'.repeat(65_536)),
    'answer-too-long',
  ],
  ['begins a body and falls silent', (socket) => void socket.write(`${ANSWER}\r\nx`), LATE],
  ['never answers', () => {}, LATE],
  ['resets the connection', (socket) => void socket.resetAndDestroy(), BROKEN],
  ['closes the connection', (socket) => void socket.end(), BROKEN],
  ['closes it in a header', (socket) => void socket.end(`${ANSWER}content-`), BROKEN],
  [
    'closes it in the body',
    (socket) => void socket.end(`${ANSWER}content-length: 9\r\n\r\nx`),
    BROKEN,
  ],
  [
    'sends headers for ever',
    (socket) => flood(socket, ANSWER, 'x-more: yes\r\n'.repeat(1_000)),
    'answer-headers-too-long',
  ],
  [
    'sends a huge header',
    (socket) => flood(socket, `${ANSWER}x-huge: `, 'x'.repeat(65_536)),
    'answer-headers-too-long',
  ],
  [
    'sends interim answers for ever',
    (socket) => flood(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)),
    'answer-interim',
  ],
  ['speaks no HTTP', (socket) => void socket.end('220 mail.example ESMTP\r\n'), 'answer-not-http'],
  [
    'changes the protocol',
    (socket) =>
      void socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
      ),
    BROKEN,
  ],
])('an endpoint that %s has failed', async (_title, talk, reason) => {
  const port = await startRaw(talk);
  const client = open(reason === LATE ? { attemptMs: SHORT_MS } : {});
  const answer = await client.send(request(`http://${NAME}:${port}/`));
  expect(answer).toMatchObject({ kind: 'failed', reason });
});

test('a lookup counts to the time of an attempt', async () => {
  const port = await startRaw(() => {});
  const resolver: Resolver = () =>
    new Promise((resolve) => setTimeout(() => resolve(['127.0.0.1']), 2 * SHORT_MS));
  const client = open({ resolver, attemptMs: SHORT_MS });
  const answer = await client.send(request(`http://${NAME}:${port}/`));
  expect(answer).toMatchObject({ kind: 'failed', reason: LATE });
});

test('an endpoint whose lookup never began was not tried', async () => {
  const answer = await open({ resolver: async () => 'not-begun' }).send(request(`http://${NAME}/`));
  expect(answer).toMatchObject({ kind: 'not-tried' });
});

test('an endpoint where nobody listens has failed', async () => {
  const port = await startHttp(() => {});
  await ends.pop()?.();
  const answer = await open().send(request(`http://${NAME}:${port}/`));
  expect(answer).toMatchObject({ kind: 'failed', reason: 'connection-refused' });
});

test('a slow webhook holds up no other one of the same host', async () => {
  const waiting: (() => void)[] = [];
  const port = await startHttp((incoming, answer) => {
    if (incoming.url === '/slow') waiting.push(() => answer.end());
    else answer.end('soon');
  });
  const client = open({ attemptMs: 60_000 });
  const origin = `http://${NAME}:${port}`;
  const slow = Array.from({ length: 256 }, () => client.send(request(`${origin}/slow`)));
  await vi.waitFor(() => expect(waiting).toHaveLength(256), 30_000);
  expect(await client.send(request(`${origin}/quick`))).toMatchObject({ body: 'soon' });
  for (const end of waiting) end();
  for (const answer of await Promise.all(slow)) expect(answer).toMatchObject({ status: 200 });
});

test('what is under way fails when the client closes, and so does what comes later', async () => {
  const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
  const port = await startRaw(() => asked());
  const client = open();
  const answer = client.send(request(`http://${NAME}:${port}/`));
  await isAsked;
  await client.close();
  const closed = { kind: 'failed', reason: 'service-ended' };
  expect(await answer).toMatchObject(closed);
  expect(await client.send(request(`http://${NAME}:${port}/`))).toMatchObject(closed);
});

test('of many endpoints only the last ones keep connections', async () => {
  const closed: (number | undefined)[] = [];
  const port = await startHttp((incoming, answer) => {
    const host = incoming.headers.host;
    incoming.socket.on('close', () => closed.push(Number(host?.split('.')[0])));
    answer.end();
  });
  const client = open();
  for (let name = 0; name <= 128; name += 1)
    await client.send(request(`http://${name}.partner.invalid:${port}/`));
  await vi.waitFor(() => expect(closed).toContain(0), 30_000);
});

describe.skipIf(!hasOpenssl)('over TLS', () => {
  const defaults = getCACertificates('default');
  afterAll(() => setDefaultCACertificates(defaults));

  async function startTls(certificateName: string, { isTrusted = true } = {}) {
    const { key, certificate } = createCertificate(certificateName);
    if (isTrusted) setDefaultCACertificates([...defaults, certificate]);
    const asked: unknown[] = [];
    const server = createTlsServer({ key, cert: certificate }, (incoming, answer) => {
      const { servername } = incoming.socket as typeof incoming.socket & { servername?: string };
      asked.push({ host: incoming.headers.host, servername });
      answer.end('safely');
    });
    return { port: await listen(server), asked };
  }

  test('the name of the endpoint is asked for, and the certificate is for it', async () => {
    const { port, asked } = await startTls(NAME);
    const client = open();
    const url = `https://${NAME}:${port}/`;
    expect(await client.send(request(url))).toMatchObject({ status: 200, body: 'safely' });
    expect(await client.send(request(url))).toMatchObject({ status: 200, body: 'safely' });
    const same = { host: `${NAME}:${port}`, servername: NAME };
    expect(asked).toEqual([same, same]);
  });

  test.each<[string, string, boolean, string]>([
    ['another name', 'other.invalid', true, 'certificate-of-another-name'],
    ['its own making', NAME, false, 'certificate-not-trusted'],
  ])('a certificate of %s is refused', async (_title, name, isTrusted, reason) => {
    const { port, asked } = await startTls(name, { isTrusted });
    const answer = await open().send(request(`https://${NAME}:${port}/`));
    expect(answer).toMatchObject({ kind: 'failed', reason });
    expect(asked).toEqual([]);
  });

  test('an endpoint without TLS has failed', async () => {
    const port = await startHttp((_incoming, answer) => void answer.end());
    const answer = await open().send(request(`https://${NAME}:${port}/`));
    expect(answer).toMatchObject({
      kind: 'failed',
      reason: 'no-tls',
    });
  });
});
