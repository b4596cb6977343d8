import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  defineProblems,
  JsonApiError,
  jsonApiErrors,
  MEDIA_TYPE,
  protocolProblem,
  serverOptions,
} from '../src/index.ts';
import { createTestApp } from './test-app.ts';

let app: FastifyInstance;
let port: number;
beforeAll(async () => {
  app = await createTestApp();
  await app.listen({ port: 0, host: '127.0.0.1' });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(() => app.close());

async function refused(options: InjectOptions, status: number, code: string) {
  const answer = await app.inject(options);
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toBe(MEDIA_TYPE);
  const document = answer.json();
  expect(document.jsonapi).toEqual({ version: '1.1' });
  expect(document.errors[0]).toMatchObject({ status: String(status), code });
  expect(document.data).toBeUndefined();
  return { answer, errors: document.errors };
}

function post(data: unknown, url = '/api/v1/things'): InjectOptions {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': MEDIA_TYPE },
    payload: JSON.stringify({ data }),
  };
}

/** Sends raw bytes and reads until the server closes the connection. */
function raw(text: string, at = port): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(at, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => (received += chunk));
    socket.on('close', () => resolve(received));
    // The server may reset what was begun.
    socket.on('error', () => undefined);
  });
}

describe('addresses and methods', () => {
  test('an absolute request target is the same as its path', async () => {
    const ask = (line: string) => raw(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const things = await ask('GET http://shop.example:80/api/v1/seen?page[size]=2');
    expect(things).toMatch(/^HTTP\/1.1 200 /);
    expect(things).toContain('{"self":"/api/v1/seen?page[size]=2"}');
    expect(await ask('PUT HTTP://x/api/v1/things')).toMatch(/^HTTP\/1.1 405 /);
    const nowhere = await ask('GET http://x?a=b');
    expect(nowhere).toMatch(/^HTTP\/1.1 404 /);
    expect(nowhere).toContain('no address \\"/\\" here');
  });

  test('an unknown address is 404, whatever the body is', async () => {
    await refused({ method: 'GET', url: '/zzz' }, 404, 'not-found');
    await refused({ method: 'GET', url: '/api/v1/zzz' }, 404, 'not-found');
    await refused({ method: 'GET', url: '/api/v1/things/' + 'x'.repeat(500) }, 404, 'not-found');
    await refused(
      {
        method: 'POST',
        url: '/zzz',
        payload: '{',
        headers: { 'content-type': 'application/json' },
      },
      404,
      'not-found',
    );
    await refused(
      { method: 'POST', url: '/zzz', payload: 'x', headers: { 'content-type': 'text/x' } },
      404,
      'not-found',
    );
  });

  test('a trailing slash is another address', async () => {
    await refused({ method: 'GET', url: '/api/v1/things/1/' }, 404, 'not-found');
  });

  test('another method at a known address is 405 with Allow', async () => {
    const { answer } = await refused(
      { method: 'PUT', url: '/api/v1/things?x=1' },
      405,
      'method-not-allowed',
    );
    expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS, POST');
    const one = await refused(
      { method: 'POST', url: '/api/v1/things/7' },
      405,
      'method-not-allowed',
    );
    expect(one.answer.headers.allow).toBe('DELETE, GET, HEAD, OPTIONS, PATCH');
    const head = await app.inject({ method: 'HEAD', url: '/loose' });
    expect(head.statusCode).toBe(405);
    expect(head.headers.allow).toBe('OPTIONS, POST');
  });

  test('OPTIONS lists the methods of a known address', async () => {
    const answer = await app.inject({ method: 'OPTIONS', url: '/loose' });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers.allow).toBe('OPTIONS, POST');
    await refused({ method: 'OPTIONS', url: '/zzz' }, 404, 'not-found');
  });

  test('a wrongly encoded address is 400', async () => {
    await refused({ method: 'GET', url: '/api/v1/things/%zz' }, 400, 'invalid-request');
  });

  test('an id with a NUL is 404, whatever the store would make of it', async () => {
    await refused({ method: 'GET', url: '/api/v1/things/a%00?include=%00' }, 404, 'not-found');
    await refused({ method: 'GET', url: '/api/v1/things?include=%00' }, 400, 'invalid-parameter');
  });
});

describe('bodies', () => {
  const broken = (payload: string | Buffer): InjectOptions => ({
    method: 'POST',
    url: '/api/v1/things',
    headers: { 'content-type': MEDIA_TYPE },
    payload,
  });

  test('broken JSON is 400 and says where', async () => {
    const { errors } = await refused(broken('{"data":\n  {,}}'), 400, 'invalid-json');
    expect(errors[0].detail).toContain('line 2, column 4');
    await refused(broken('{"data":'), 400, 'invalid-json');
    await refused(broken('{"data":"\u0000"}'), 400, 'invalid-json');
    await refused(broken(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), 400, 'invalid-json');
  });

  test.each([
    '[]',
    '"x"',
    'null',
    '{}',
    '{"data":null}',
    '{"data":[]}',
    '{"data":{}}',
    '{"data":{"type":"things"}}',
  ])('%s is not a document to create from', async (payload) => {
    await refused(broken(payload), 400, 'invalid-document');
  });

  test('an empty body is 400', async () => {
    await refused({ method: 'POST', url: '/api/v1/things' }, 400, 'invalid-document');
    await refused(
      { method: 'POST', url: '/api/v1/things', headers: { 'content-type': MEDIA_TYPE } },
      400,
      'invalid-document',
    );
  });

  test('a body past the limit is 413', async () => {
    await refused(
      post({ type: 'things', attributes: { name: 'x'.repeat(1024 * 1024) } }),
      413,
      'payload-too-large',
    );
  });

  test('escaped NULs and unpaired surrogates are refused with a pointer', async () => {
    const inAttribute = await refused(
      broken('{"data":{"type":"things","attributes":{"name":"a\\u0000"}}}'),
      422,
      'invalid-attribute',
    );
    expect(inAttribute.errors[0].source).toEqual({ pointer: '/data/attributes/name' });
    await refused(
      broken('{"data":{"type":"things","attributes":{"lines":[{"\\ud800":1}]}}}'),
      422,
      'invalid-attribute',
    );
    await refused(
      broken('{"meta":{"a/b":"\\udc00"},"data":{"type":"things","attributes":{"name":"a"}}}'),
      400,
      'invalid-document',
    );
    const pair = await app.inject(
      broken('{"data":{"type":"things","attributes":{"name":"\\ud83d\\ude00"}}}'),
    );
    expect(pair.json().data.attributes.name).toBe('😀');
  });
});

describe('validation', () => {
  test('wrong attributes are 422, each with its pointer and the expected value', async () => {
    const attributes = {
      name: '',
      amount: 1.5,
      note: 7,
      colour: 'green',
      icon: 'x',
      lines: [{ count: 0 }],
      z: 1,
    };
    const { errors } = await refused(
      post({ type: 'things', attributes }),
      422,
      'invalid-attribute',
    );
    const details = Object.fromEntries(
      errors.map((error: { source: { pointer: string }; detail: string }) => [
        error.source.pointer,
        error.detail,
      ]),
    );
    expect(details).toEqual({
      '/data/attributes/name': '"name" must be text of 1 to 10 characters.',
      '/data/attributes/amount': '"amount" must be a whole number from 1 to 1000000.',
      '/data/attributes/note': '"note" must be text of at most 5 characters or null.',
      '/data/attributes/colour': '"colour" must be one of "red", "blue".',
      '/data/attributes/icon': '"icon" must be a path that starts with "/".',
      '/data/attributes/lines/0/count': '"lines/0/count" must be a whole number of at least 1.',
      '/data/attributes/z':
        '"z" is not known here; leave it out. Possible are name, amount, note, colour, icon, lines, kinds.',
    });
  });

  test('each kind of value is named in words', async () => {
    const attributes = { name: 'ok', kinds: [{ yes: 1, least: 0, most: 3, some: 1, none: 1 }] };
    const { errors } = await refused(
      post({ type: 'things', attributes }),
      422,
      'invalid-attribute',
    );
    expect(errors.map(({ detail }: { detail: string }) => detail.split('must be ')[1])).toEqual([
      'true or false.',
      'a whole number of at least 1.',
      'a number of at most 2.',
      'an object or null.',
      '"nothing".',
    ]);
  });

  test('the error for a missing attribute points to its parent and names it', async () => {
    const { errors } = await refused(
      post({ type: 'things', attributes: {} }),
      422,
      'invalid-attribute',
    );
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      source: { pointer: '/data/attributes' },
      detail: expect.stringContaining('"name"'),
    });
  });

  test('text is never coerced to a number', async () => {
    await refused(
      post({ type: 'things', attributes: { name: 'a', amount: '5' } }),
      422,
      'invalid-attribute',
    );
  });

  test('another type is 409, an id from the client 403, a type that is not text 400', async () => {
    const { errors } = await refused(
      post({ type: 'others', attributes: {} }),
      409,
      'type-conflict',
    );
    expect(errors).toEqual([expect.objectContaining({ source: { pointer: '/data/type' } })]);
    await refused(
      post({ type: 'things', id: '7', attributes: { name: 'a' } }),
      403,
      'client-generated-id',
    );
    await refused(
      post({ type: 'things', id: 7, attributes: { name: 'a' } }),
      403,
      'client-generated-id',
    );
    await refused(post({ type: 5, attributes: { name: 'a' } }), 400, 'invalid-document');
  });

  test('unknown members of the document are ignored', async () => {
    const payload = {
      meta: {},
      included: [],
      links: {},
      data: {
        type: 'things',
        id: null,
        lid: 'x',
        foo: 1,
        relationships: {},
        attributes: { name: 'a', '@context': 'x' },
      },
    };
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/things',
      headers: { 'content-type': MEDIA_TYPE },
      payload: JSON.stringify(payload),
    });
    expect(answer.statusCode).toBe(201);
  });

  test('a PATCH needs the id of its resource', async () => {
    const patch = (data: unknown): InjectOptions => ({
      ...post(data, '/api/v1/things/1'),
      method: 'PATCH',
    });
    await refused(patch({ type: 'things', attributes: {} }), 400, 'invalid-document');
    const numeric = await refused(
      patch({ type: 'things', id: 1, attributes: {} }),
      400,
      'invalid-document',
    );
    expect(numeric.errors[0].source).toEqual({ pointer: '/data/id' });
    expect(
      (await app.inject(patch({ type: 'things', id: '1', attributes: { note: null } }))).statusCode,
    ).toBe(200);
  });

  test('a required relationship that is missing or malformed is 400', async () => {
    await refused(
      post({ type: 'parts', id: '1', attributes: {} }, '/api/v1/parts'),
      400,
      'invalid-document',
    );
    const bad = {
      type: 'parts',
      id: '1',
      attributes: {},
      relationships: { thing: { data: { type: 'things', id: 1 } } },
    };
    const { errors } = await refused(post(bad, '/api/v1/parts'), 400, 'invalid-document');
    expect(errors[0].source).toEqual({ pointer: '/data/relationships/thing/data/id' });
  });

  test('at most twenty errors are listed', async () => {
    const attributes = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`x${index}`, 1]),
    );
    const { errors } = await refused(
      post({ type: 'things', attributes }),
      422,
      'invalid-attribute',
    );
    expect(errors).toHaveLength(20);
  });
});

describe('deep bodies', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const thing = (note: string) =>
    `{"data": {"type": "things", "attributes": {"name": "a", "@note": ${note}}}}`;
  const send = (payload: string, url = '/api/v1/things'): InjectOptions => ({
    method: 'POST',
    url,
    headers: { 'content-type': MEDIA_TYPE },
    payload,
  });

  test("64 levels are accepted, and brackets in text don't count", async () => {
    expect((await app.inject(send(thing(nested(61))))).statusCode).toBe(201);
    const text = JSON.stringify(`\\"${'[{'.repeat(100)}`);
    expect((await app.inject(send(thing(text)))).statusCode).toBe(201);
    const wide = `[${'[],'.repeat(200)}{}]`;
    expect((await app.inject(send(thing(wide)))).statusCode).toBe(201);
  });

  test('more are 400, on every route and for any number', async () => {
    for (const levels of [62, 5_000, 400_000]) {
      const { errors } = await refused(send(thing(nested(levels))), 400, 'invalid-json');
      expect(errors[0].detail).toBe('The body must not nest deeper than 64 levels.');
    }
    const smallest = nested(65);
    await refused(send(smallest, '/loose'), 400, 'invalid-json');
    await refused(send('{"a":'.repeat(65) + '1' + '}'.repeat(65), '/loose'), 400, 'invalid-json');
  });
});

describe('failures', () => {
  test('an unexpected error is 500 without details, in every scope', async () => {
    for (const url of ['/api/v1/boom', '/loose/boom']) {
      const { answer } = await refused({ method: 'GET', url }, 500, 'internal-error');
      expect(answer.body).not.toMatch(/SELECT|hidden|\.db|at /);
    }
  });

  test('the status is the common one; if they differ 400, or 500 if one of them is', async () => {
    expect((await app.inject('/api/v1/mixed')).statusCode).toBe(400);
    expect(
      new JsonApiError([protocolProblem('not-found', ''), protocolProblem('unavailable', '')])
        .status,
    ).toBe(500);
  });

  test('headers of a refusal are sent', async () => {
    const { answer } = await refused({ method: 'GET', url: '/api/v1/later' }, 503, 'unavailable');
    expect(answer.headers['retry-after']).toBe('7');
  });

  test.each([
    [429, 'too-many-requests', '1'],
    [503, 'unavailable', '1'],
    [500, 'internal-error', undefined],
  ])('%i says when to come back where that makes sense', async (status, code, retryAfter) => {
    const url = `/api/v1/framework/${status}`;
    const { answer } = await refused({ method: 'GET', url }, status, code);
    expect(answer.headers['retry-after']).toBe(retryAfter);
  });

  test('a catalogue has one status and title for each code', () => {
    const problem = defineProblems({ gone: { status: 410, title: 'Gone' } });
    expect(problem('gone', 'It left.', { meta: { since: 1 } })).toEqual({
      status: '410',
      code: 'gone',
      title: 'Gone',
      detail: 'It left.',
      meta: { since: 1 },
    });
    expect(Object.keys(problem.entries)).toEqual(['gone']);
  });
});

describe('broken HTTP', () => {
  test.each([
    ['FOO / HTTP/1.1\r\n\r\n', 400, 'invalid-request'],
    ['GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n', 400, 'invalid-request'],
    [
      `GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'x'.repeat(40_000)}\r\n\r\n`,
      431,
      'header-fields-too-large',
    ],
    [
      `POST /api/v1/things HTTP/1.1\r\nhost: x\r\ncontent-type: ${MEDIA_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n1;${'x'.repeat(40_000)}\r\n`,
      413,
      'payload-too-large',
    ],
  ])('is answered with an error document %#', async (request, status, code) => {
    const answer = await raw(request);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status}`);
    expect(head).toContain(`Content-Type: ${MEDIA_TYPE}\r\n`);
    expect(JSON.parse(body).errors[0].code).toBe(code);
  });

  test('a request that does not arrive in time is 408', async () => {
    const http = { headersTimeout: 50, connectionsCheckingInterval: 20 };
    const hasty = fastify({ ...serverOptions(), http });
    await hasty.register(jsonApiErrors);
    await hasty.listen({ port: 0, host: '127.0.0.1' });
    const { port: at } = hasty.server.address() as AddressInfo;
    const answer = await raw('GET / HTTP/1.1\r\nhost: x\r\n', at);
    await hasty.close();
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('"request-timeout"');
  });

  test('after an answer that has begun, it only ends the connection', async () => {
    const answer = await raw('GET /begun HTTP/1.1\r\nhost: x\r\n\r\nNO HTTP\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).not.toContain('invalid-request');
  });

  test('a request target that is no address is 404', async () => {
    expect(await raw('OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 404 /,
    );
  });

  test('the server goes on afterwards', async () => {
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/things`)).status).toBe(200);
  });
});

describe('loose bodies', () => {
  test.each([
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    MEDIA_TYPE,
    undefined,
  ])('%s is read as JSON', async (contentType) => {
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const answer = await app.inject({
      method: 'POST',
      url: '/loose',
      headers,
      payload: Buffer.from('{"a":1}'),
    });
    expect(answer.json()).toEqual({ got: { a: 1 } });
    expect(answer.headers['content-type']).toContain('application/json');
  });

  test('a missing body is accepted, a broken one is an error document', async () => {
    expect((await app.inject({ method: 'POST', url: '/loose' })).json()).toEqual({
      got: 'nothing',
    });
    await refused({ method: 'POST', url: '/loose', payload: '{' }, 400, 'invalid-json');
  });
});

describe('what a handler throws', () => {
  let failing: FastifyInstance;
  beforeAll(async () => {
    failing = await createTestApp();
    failing.get<{ Params: { status: string } }>('/api/v1/fails/:status', ({ params }) => {
      throw Object.assign(new Error('secret'), { statusCode: Number(params.status) });
    });
  });
  afterAll(() => failing.close());

  test.each([
    [400, 'invalid-request'],
    [404, 'not-found'],
    [408, 'request-timeout'],
    [413, 'payload-too-large'],
    [414, 'uri-too-long'],
    [415, 'unsupported-media-type'],
    [418, 'invalid-request'],
    [429, 'too-many-requests'],
    [503, 'unavailable'],
    [500, 'internal-error'],
    [599, 'internal-error'],
  ])('with status %i is said by the code %s, and nothing else of it', async (status, code) => {
    const { body } = await failing.inject(`/api/v1/fails/${status}`);
    expect(JSON.parse(body).errors[0].code).toBe(code);
    expect(body).not.toContain('secret');
  });
});
