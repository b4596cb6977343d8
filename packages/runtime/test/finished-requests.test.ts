import { defineProblems, JsonApiError } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBareServer } from '../src/index.ts';
import type { FinishedRequest } from '../src/server/finished-requests.ts';

const problem = defineProblems({ 'shelf-full': { status: 409, title: 'The shelf is full' } });

let app: FastifyInstance;
let finished: FinishedRequest[];

beforeEach(async () => {
  const settings = { logLevel: 'silent', corsOrigins: [], trustProxy: false } as const;
  app = await createBareServer({ name: 'sample', ...settings });
  finished = [];
  app.finishedRequests.listen((request) => void finished.push(request));
  app.get('/shelves/:id', async () => ({ ok: true }));
  app.get('/refused', () => {
    throw new JsonApiError(problem('shelf-full', 'Take something out.'));
  });
  app.get('/broken', () => {
    throw new Error('broken');
  });
});

afterEach(() => app.close());

test('tells of a request by the pattern of its route, once', async () => {
  await app.inject({ url: '/shelves/7?color=red' });
  expect(finished).toEqual([
    expect.objectContaining({ route: '/shelves/:id', status: 200, code: undefined }),
  ]);
  expect(finished[0]?.raw.method).toBe('GET');
  expect(finished[0]?.elapsedMs).toBeGreaterThan(0);
});

test('tells why a request was refused', async () => {
  await app.inject({ url: '/refused' });
  expect(finished).toEqual([
    expect.objectContaining({ route: '/refused', status: 409, code: 'shelf-full' }),
  ]);
});

test('tells what was thrown', async () => {
  await app.inject({ url: '/broken' });
  expect(finished).toEqual([
    expect.objectContaining({ status: 500, code: 'internal-error', error: new Error('broken') }),
  ]);
});

test.each([
  ['an address that names nothing', { url: '/nowhere/7' }, 404, 'not-found'],
  ['a method that is not possible', { url: '/refused', method: 'PUT' }, 405, 'method-not-allowed'],
  [
    'a name that is not its own',
    { url: '/nowhere', headers: { host: 'x.test' } },
    421,
    'host-not-allowed',
  ],
] as const)('tells of %s, which has no route', async (_, request, status, code) => {
  await app.inject(request);
  expect(finished).toEqual([expect.objectContaining({ route: undefined, status, code })]);
});
