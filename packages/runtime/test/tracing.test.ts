import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createBareServer, settingsReader, traceRequests } from '../src/index.ts';
import { readTracingSettings } from '../src/server/tracing-settings.ts';
import { startTraceReceiver, type TraceReceiver } from './trace-receiver.ts';

let receiver: TraceReceiver;
let log: string;
let apps: FastifyInstance[];

beforeEach(async () => {
  receiver = await startTraceReceiver();
  log = '';
  apps = [];
});

afterEach(async () => {
  for (const app of apps) {
    await app.close();
    await app.tracing?.close();
  }
  receiver.close();
});

/** A server that knows the callers with a key. */
async function serve(env: Record<string, string> = {}): Promise<FastifyInstance> {
  const settings = settingsReader({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env });
  const app = await createBareServer({
    name: 'sample',
    logLevel: 'info',
    logsRequests: true,
    corsOrigins: [],
    trustProxy: false,
    logStream: { write: (line) => void (log += line) },
    tracing: readTracingSettings(settings),
  });
  settings.finish();
  apps.push(app);
  traceRequests(app, { known: ({ headers }) => headers['x-api-key'] !== undefined });
  app.get('/things/:id', async () => ({ traceparent: app.tracing?.active()?.traceparent }));
  app.get('/broken', async () => {
    throw new Error('broken');
  });
  return app;
}

const REMOTE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const [, remoteTrace, remoteSpan] = REMOTE.split('-');

async function spansOf(app: FastifyInstance) {
  await app.tracing?.close();
  return receiver.spans;
}

describe('a request', () => {
  test('goes on with the trace of a caller that is known, and of nobody else, whose trace it links', async () => {
    const app = await serve();
    const headers = { traceparent: REMOTE, tracestate: 'vendor=1' };
    await app.inject({ url: '/things/1?secret=2', headers: { ...headers, 'x-api-key': 'k' } });
    await app.inject({ url: '/things/2', headers });
    const [known, stranger] = await spansOf(app);
    expect(known).toMatchObject({
      service: 'anaquel-sample',
      name: 'GET /things/:id',
      traceId: remoteTrace,
      parentSpanId: remoteSpan,
      links: [],
    });
    expect(stranger?.traceId).not.toBe(remoteTrace);
    expect(stranger?.parentSpanId).toBeUndefined();
    expect(stranger?.links).toMatchObject([{ traceId: remoteTrace, spanId: remoteSpan }]);
    expect(JSON.stringify(receiver.spans)).not.toContain('secret');
    expect(log).toContain(`"traceId":"${remoteTrace}"`);
  });

  test.each([
    '',
    'nonsense',
    `${REMOTE}-more`,
    REMOTE.toUpperCase(),
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    `ff${REMOTE.slice(2)}`,
    'x'.repeat(8_000),
  ])('begins a trace of its own for the malformed traceparent %.30j', async (traceparent) => {
    const app = await serve();
    await app.inject({ url: '/things/1', headers: { traceparent, 'x-api-key': 'k' } });
    const [span] = await spansOf(app);
    expect(span?.parentSpanId).toBeUndefined();
    expect(span?.traceId).not.toBe(remoteTrace);
  });

  test('that is not sampled is told of to nobody, and says so to those whom it asks', async () => {
    const app = await serve({ OTEL_TRACES_SAMPLER_ARG: '0' });
    const answer = await app.inject({ url: '/things/1', headers: { traceparent: REMOTE } });
    expect(answer.json().traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(await spansOf(app)).toEqual([]);
    expect(log).not.toContain('traceId');
  });

  test('that fails is a span that failed; a probe is none', async () => {
    const app = await serve({ OTEL_SERVICE_NAME: 'mine' });
    app.get('/health/live', async () => ({}));
    await app.inject({ url: '/health/live' });
    await app.inject({ url: '/broken' });
    await app.inject({ url: '/nowhere/7' });
    expect(await spansOf(app)).toMatchObject([
      { service: 'mine', name: 'GET /broken', status: { code: 2, message: 'answered 500' } },
      { service: 'mine', name: 'GET' },
    ]);
  });
});

describe('a collector', () => {
  test('that is down costs no answer, and a line says that traces are lost', async () => {
    const app = await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect((await app.inject({ url: '/things/1' })).statusCode).toBe(200);
    await app.tracing?.close();
    await vi.waitFor(() => expect(log).toContain('traces could not be sent'), 30_000);
  });

  test('that never answers keeps no service from ending', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const app = await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    await app.inject({ url: '/things/1' });
    await app.tracing?.close();
    silent.closeAllConnections();
    silent.close();
  });
});

test('without an endpoint there are no traces, and wrong settings are named without what they hold', async () => {
  expect(readTracingSettings(settingsReader({}))).toBeNull();
  const wrong = settingsReader({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'secret-key',
    OTEL_TRACES_SAMPLER_ARG: '2',
    OTEL_RESOURCE_ATTRIBUTES: 'a=%zz',
  });
  readTracingSettings(wrong);
  for (const name of ['ENDPOINT', 'HEADERS', 'SAMPLER_ARG', 'RESOURCE_ATTRIBUTES'])
    expect(wrong.problems.join('\n')).toContain(`${name} must be`);
  expect(wrong.problems.join('\n')).not.toContain('secret-key');
  expect(
    readTracingSettings(
      settingsReader({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, other=2',
      }),
    ),
  ).toMatchObject({
    endpoint: 'http://collector:4318',
    headers: { 'api-key': 'a b', other: '2' },
    sampledShare: 1,
  });
});
