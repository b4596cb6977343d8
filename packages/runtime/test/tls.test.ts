import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect as connectPlainly, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { connect, TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createBareServer,
  createHttpClient,
  measureCertificate,
  openTlsIdentity,
  readTlsSettings,
  settingsReader,
  type TlsIdentity,
} from '../src/index.ts';
import { createMetrics } from '../src/process/metrics.ts';
import { CONNECTION_MAX_AGE_MS, OLD_AUTHORITY_MS } from '../src/server/client-certificates.ts';
import { createTlsAuthority, writeTlsFiles, type IssuedCertificate } from './tls-authority.ts';

const READ_EVERY_MS = 10;
const PATIENCE_MS = 30_000;
const shop = createTlsAuthority('Shop');
const other = createTlsAuthority('Other');
const service = shop.issue(['products', '127.0.0.1']);
const gateway = shop.issue(['gateway']);

let folder: string;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-tls-'));
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(folder, { recursive: true, force: true });
});

type Files = IssuedCertificate & { readonly ca: string };

/** An identity by files in a folder of its own, which `write` replaces. */
function identityOf(files: Files): {
  identity: TlsIdentity;
  log: string[];
  write(to: Files): void;
} {
  const place = mkdtempSync(join(folder, 'files-'));
  const settings = readTlsSettings(settingsReader(writeTlsFiles(place, files)), folder);
  if (settings === null) throw new Error('All files are set');
  const identity = openTlsIdentity(settings, READ_EVERY_MS);
  const log: string[] = [];
  const note = (fields: object, line: string): void =>
    void log.push(`${line} ${JSON.stringify(fields)}`);
  identity.watch({ info: note, warn: note });
  cleanups.push(() => identity.stop());
  return { identity, log, write: (to) => void writeTlsFiles(place, to) };
}

async function serve(identity: TlsIdentity): Promise<{ app: FastifyInstance; port: number }> {
  const app = await createBareServer({
    name: 'products',
    logLevel: 'silent',
    corsOrigins: [],
    trustProxy: false,
    tls: { identity, allowedNames: ['gateway', 'inventory'] },
  });
  app.get('/', () => ({ fine: true }));
  app.get('/stream', (_request, reply) => {
    const events = new Readable({ read: () => {} });
    events.push(': begins\n\n');
    return reply.type('text/event-stream').send(events);
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  cleanups.push(() => app.close());
  return { app, port: (app.server.address() as AddressInfo).port };
}

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: unknown;
}

function agentOf(files: Partial<Files & { session: Buffer }>): Agent {
  const agent = new Agent({ ca: shop.ca, ...files, keepAlive: true, maxSockets: 1 });
  cleanups.push(() => agent.destroy());
  return agent;
}

function get(port: number, agent: Agent, path = '/'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent }, (response) => {
      const { statusCode: status, headers } = response;
      const answer = { status, connection: headers.connection };
      json(response).then((body) => resolve({ ...answer, body }), reject);
    })
      .on('error', reject)
      .end();
  });
}

function clientOf(port: number, tls: TlsIdentity) {
  const client = createHttpClient({
    baseUrls: [`https://127.0.0.1:${port}`],
    apiKey: 'key',
    tls,
    timeoutMs: PATIENCE_MS,
    maxRetries: 3,
  });
  cleanups.push(() => client.close());
  return client;
}

describe('a server with certificates', () => {
  test('answers who has a certificate of the authority with an allowed name', async () => {
    const { port } = await serve(identityOf({ ...service, ca: shop.ca }).identity);
    expect(await get(port, agentOf(gateway))).toMatchObject({ status: 200, body: { fine: true } });
  });

  test.each([
    ['no certificate', {}, 'has sent no certificate'],
    [
      'one of another authority',
      other.issue(['gateway']),
      'none of the authorities in TLS_CA_FILE',
    ],
    ['one without an allowed name', shop.issue(['visitor']), 'TLS_ALLOWED_NAMES: DNS:visitor'],
    ['one with a wildcard', shop.issue(['*']), 'TLS_ALLOWED_NAMES: DNS:*'],
    ['one that has ended', shop.issue(['gateway'], { endsInMs: -1_000 }), 'CERT_HAS_EXPIRED'],
  ])('refuses a client with %s, and says why', async (_what, certificate, why) => {
    const { port } = await serve(identityOf({ ...service, ca: shop.ca }).identity);
    const agent = agentOf(certificate);
    for (const path of ['/', '/stream', '/unknown'])
      expect(await get(port, agent, path)).toMatchObject({
        status: 403,
        connection: 'close',
        body: { errors: [{ code: 'certificate-refused', detail: expect.stringContaining(why) }] },
      });
  });

  test('reads the certificate of a client once a connection', async () => {
    const { port } = await serve(identityOf({ ...service, ca: shop.ca }).identity);
    const read = vi.spyOn(TLSSocket.prototype, 'getPeerX509Certificate');
    const agent = agentOf(gateway);
    for (let count = 0; count < 5; count += 1) await get(port, agent);
    expect(read).toHaveBeenCalledTimes(1);
  });

  test('ends a connection with an answer when it is old', async () => {
    const { port } = await serve(identityOf({ ...service, ca: shop.ca }).identity);
    const agent = agentOf(gateway);
    expect(await get(port, agent)).toMatchObject({ connection: 'keep-alive' });
    const laterMs = performance.now() + CONNECTION_MAX_AGE_MS + 1;
    vi.spyOn(performance, 'now').mockReturnValue(laterMs);
    expect(await get(port, agent)).toMatchObject({ status: 200, connection: 'close' });
  });

  test('closes though a connection was opened and never used', async () => {
    const { app, port } = await serve(identityOf({ ...service, ca: shop.ca }).identity);
    const silent = connect({ port, host: '127.0.0.1', ca: shop.ca, ...gateway });
    await once(silent, 'secureConnect');
    const half = connectPlainly({ port, host: '127.0.0.1' });
    await once(half, 'connect');
    const kept = agentOf(gateway);
    await get(port, kept);
    for (const socket of [silent, half]) socket.on('error', () => {});
    // One of the two would hold it for 8 s, after which it is cut.
    await Promise.all([app.close(), once(silent, 'close'), once(half, 'close')]);
  });
});

test('the end of the certificate in use is a figure, where there is one', async () => {
  const { identity, write } = identityOf({ ...service, ca: shop.ca });
  const metrics = createMetrics();
  measureCertificate(metrics, identity);
  const plain = createMetrics();
  measureCertificate(plain, null);
  const endOf = async (text: Promise<string>) =>
    /^tls_certificate_not_after_timestamp_seconds (\S+)$/m.exec(await text)?.[1];
  expect(Number(await endOf(metrics.text()))).toBe(endInSeconds(service));
  expect(await endOf(plain.text())).toBeUndefined();

  const renewed = shop.issue(['products', '127.0.0.1'], { endsInMs: 30 * 86_400_000 });
  write({ ...renewed, ca: shop.ca });
  await vi.waitFor(
    async () => expect(Number(await endOf(metrics.text()))).toBe(endInSeconds(renewed)),
    PATIENCE_MS,
  );
});

function endInSeconds({ cert }: IssuedCertificate): number {
  return new X509Certificate(cert).validToDate.getTime() / 1_000;
}

describe('when files change', () => {
  test('a server takes what is new, and keeps what it has when the new ones do not fit', async () => {
    const { identity, log, write } = identityOf({ ...service, ca: shop.ca });
    const { port } = await serve(identity);
    const renewed = shop.issue(['products', '127.0.0.1']);
    write({ ...service, ca: shop.ca, cert: renewed.cert });
    await vi.waitFor(() => expect(log).toHaveLength(1), PATIENCE_MS);
    expect(log[0]).toMatch(/the old ones stay .*TLS_KEY_FILE must name the key of the certificate/);
    expect(await get(port, agentOf(gateway))).toMatchObject({ status: 200 });
    expect(identity.current.cert).toBe(service.cert.trim());

    write({ ...renewed, ca: shop.ca });
    await vi.waitFor(() => expect(log).toHaveLength(2), PATIENCE_MS);
    expect(log[1]).toMatch(/^new certificates are used/);
    const socket = connect({ port, host: '127.0.0.1', ca: shop.ca, ...gateway });
    await once(socket, 'secureConnect');
    expect(String(socket.getPeerX509Certificate())).toBe(renewed.cert);
    socket.destroy();
  });

  test('a server that is told of new authorities lets go of connections of the old ones', async () => {
    const { identity, write } = identityOf({ ...service, ca: shop.ca });
    const { port } = await serve(identity);
    const kept = agentOf(gateway);
    expect(await get(port, kept)).toMatchObject({ connection: 'keep-alive' });
    const stream = await openStream(port, agentOf(gateway));
    const timeout = vi.spyOn(globalThis, 'setTimeout');
    write({ ...service, ca: other.ca });
    await vi.waitFor(() => expect(identity.current.ca).toBe(other.ca.trim()), PATIENCE_MS);
    expect(await get(port, kept)).toMatchObject({ status: 200, connection: 'close' });
    expect(await get(port, kept)).toMatchObject({ status: 403 });
    expect(stream.destroyed).toBe(false);
    for (const [end, afterMs] of timeout.mock.calls) if (afterMs === OLD_AUTHORITY_MS) end();
    await vi.waitFor(() => expect(stream.destroyed).toBe(true), PATIENCE_MS);
  });

  test('a session from before does not make an old authority good', async () => {
    const { identity, write } = identityOf({ ...service, ca: shop.ca });
    const { port } = await serve(identity);
    const options = { port, host: '127.0.0.1', ca: shop.ca, ...gateway };
    const first = connect(options);
    const [session] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    const resumed = connect({ ...options, session });
    await once(resumed, 'secureConnect');
    expect(resumed.isSessionReused()).toBe(true);
    resumed.destroy();
    write({ ...service, ca: other.ca });
    await vi.waitFor(() => expect(identity.current.ca).toBe(other.ca.trim()), PATIENCE_MS);
    expect(await get(port, agentOf({ ...gateway, session }))).toMatchObject({
      status: 403,
    });
  });

  test('clients of two authorities are answered while a bundle has both', async () => {
    const both = identityOf({ ...service, ca: shop.ca + other.ca });
    const { port } = await serve(both.identity);
    expect(await get(port, agentOf(gateway))).toMatchObject({ status: 200 });
    expect(await get(port, agentOf(other.issue(['gateway'])))).toMatchObject({ status: 200 });
  });

  test('a client shows what is new from its next request on, and ends what it has begun', async () => {
    const { port } = await serve(identityOf({ ...service, ca: shop.ca }).identity);
    const visitor = shop.issue(['visitor']);
    const { identity, write } = identityOf({ ...gateway, ca: shop.ca });
    const client = clientOf(port, identity);
    const begun = client.getJson('/');
    write({ ...visitor, ca: shop.ca });
    await vi.waitFor(() => expect(identity.current.cert).toBe(visitor.cert.trim()), PATIENCE_MS);
    expect(await begun).toMatchObject({ ok: true, status: 200 });
    expect(await client.getJson('/')).toMatchObject({ ok: false, reason: 'unusable' });
  });

  test('files that are gone, or too large, change nothing', async () => {
    const { identity, log, write } = identityOf({ ...service, ca: shop.ca });
    write({ ...service, ca: shop.ca.repeat(3_000) });
    await vi.waitFor(() => expect(log).toHaveLength(1), PATIENCE_MS);
    expect(log[0]).toMatch(/TLS_CA_FILE names a file that can't be read/);
    expect(identity.current.ca).toBe(shop.ca.trim());
  });

  test('a certificate that ends soon is told of', () => {
    const { log } = identityOf({
      ...shop.issue(['products'], { endsInMs: 86_400_000 }),
      ca: shop.ca,
    });
    expect(log).toEqual([expect.stringContaining('renew the certificate in TLS_CERT_FILE')]);
  });
});

describe('a client with certificates', () => {
  test('is told at once that its certificate is refused, and does not try again', async () => {
    const { app, port } = await serve(identityOf({ ...service, ca: shop.ca }).identity);
    let connections = 0;
    app.server.on('secureConnection', () => (connections += 1));
    const { identity } = identityOf({ ...other.issue(['gateway']), ca: shop.ca });
    expect(await clientOf(port, identity).getJson('/')).toEqual({
      ok: false,
      reason: 'unusable',
      detail: 'answered 403: it must take the certificate in TLS_CERT_FILE: see its log',
    });
    expect(connections).toBe(1);
  });

  test.each([
    ['of another authority', other.issue(['127.0.0.1'])],
    ['of another name', shop.issue(['inventory'])],
  ])('does not talk to a server with a certificate %s', async (_what, certificate) => {
    const { port } = await serve(identityOf({ ...certificate, ca: shop.ca }).identity);
    const { identity } = identityOf({ ...gateway, ca: shop.ca });
    expect(await clientOf(port, identity).getJson('/')).toMatchObject({
      ok: false,
      reason: 'unusable',
    });
  });
});

test('settings of which some are missing, or do not fit, are named', () => {
  const files = writeTlsFiles(folder, { ...service, ca: shop.ca });
  const problemsOf = (environment: Record<string, string>): readonly string[] => {
    const settings = settingsReader(environment);
    readTlsSettings(settings, folder);
    return settings.problems;
  };
  expect(problemsOf({})).toEqual([]);
  expect(problemsOf(files)).toEqual([]);
  expect(problemsOf({ TLS_CERT_FILE: files.TLS_CERT_FILE })).toEqual([
    'TLS_KEY_FILE and TLS_CA_FILE must be set too: TLS needs all of TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE.',
  ]);
  expect(problemsOf({ ...files, TLS_CA_FILE: join(folder, 'none') })).toEqual([
    "TLS_CA_FILE names a file that can't be read (ENOENT).",
  ]);
  const cases = [
    [{ TLS_CERT_FILE: 'key' }, 'TLS_CERT_FILE must name a file with a certificate'],
    [{ TLS_KEY_FILE: 'cert' }, 'TLS_KEY_FILE must name a file with a private key'],
    [{ TLS_CA_FILE: 'cut' }, 'TLS_CA_FILE must name a file with the certificates'],
    [{ TLS_CERT_FILE: 'ended', TLS_KEY_FILE: 'ended-key' }, 'ended at'],
  ] as const;
  const ended = shop.issue(['products'], { endsInMs: -1_000 });
  const texts = {
    key: service.key,
    cert: service.cert,
    cut: shop.ca + other.ca.slice(0, 200),
    ended: ended.cert,
    'ended-key': ended.key,
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  for (const [wrong, problem] of cases) {
    const paths = Object.entries(wrong).map(([name, file]) => [name, join(folder, file)]);
    expect(problemsOf({ ...files, ...Object.fromEntries(paths) })).toEqual([
      expect.stringContaining(problem),
    ]);
  }
});

function openStream(port: number, agent: Agent): Promise<Readable> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/stream', agent }, (response) => {
      response.on('error', () => {});
      resolve(response);
    })
      .on('error', reject)
      .end();
  });
}
