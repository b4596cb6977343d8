import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEDIA_TYPE } from '../src/index.ts';
import { createTestApp } from './test-app.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const body = JSON.stringify({ data: { type: 'things', attributes: { name: 'a' } } });

function post(contentType: string | undefined, payload: string = body) {
  return app.inject({
    method: 'POST',
    url: '/api/v1/things',
    payload: Buffer.from(payload),
    headers: contentType === undefined ? {} : { 'content-type': contentType },
  });
}

function get(accept: string | undefined, url = '/api/v1/things') {
  return app.inject({ method: 'GET', url, headers: accept === undefined ? {} : { accept } });
}

describe('Content-Type of a request', () => {
  test.each([
    MEDIA_TYPE,
    'Application/VND.API+JSON',
    `${MEDIA_TYPE};profile="https://x/none"`,
    'Application/VND.API+JSON;PROFILE="a b"',
    `${MEDIA_TYPE} ; profile=x`,
    `${MEDIA_TYPE};ext=""`,
  ])('%s is accepted, and no profile is claimed', async (contentType) => {
    const answer = await post(contentType);
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['content-type']).toBe(MEDIA_TYPE);
  });

  test.each([
    `${MEDIA_TYPE};charset=utf-8`,
    `${MEDIA_TYPE};version=1`,
    `${MEDIA_TYPE}; foo=bar`,
    `${MEDIA_TYPE};ext="https://x/none"`,
    `${MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic https://x/none"`,
    `${MEDIA_TYPE};profile=x;q=0.5`,
    `${MEDIA_TYPE};;=`,
    'application/json',
    'text/plain',
    'nonsense',
    undefined,
  ])('%s is refused with 415 that names the header', async (contentType) => {
    const answer = await post(contentType);
    expect(answer.statusCode).toBe(415);
    expect(answer.json().errors[0]).toMatchObject({
      code: 'unsupported-media-type',
      source: { header: 'Content-Type' },
    });
  });

  test('an encoded body is refused', async () => {
    const headers = { 'content-type': MEDIA_TYPE, 'content-encoding': 'gzip' };
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/things',
      payload: body,
      headers,
    });
    expect(answer.statusCode).toBe(415);
    expect(answer.json().errors[0].source).toEqual({ header: 'Content-Encoding' });
  });

  test('a DELETE needs no body, and may come with the media type, a body, or neither', async () => {
    for (const request of [
      {},
      { headers: { 'content-type': MEDIA_TYPE } },
      { headers: { 'content-type': MEDIA_TYPE }, payload: '{"data":{"type":"things","id":"1"}}' },
    ]) {
      const answer = await app.inject({ method: 'DELETE', url: '/api/v1/things/1', ...request });
      expect(answer.statusCode).toBe(204);
      expect(answer.headers['content-type']).toBeUndefined();
      expect(answer.body).toBe('');
    }
  });

  test('extensions named inside the document are not negotiated', async () => {
    const answer = await post(
      MEDIA_TYPE,
      JSON.stringify({ jsonapi: { ext: ['https://x'] }, ...JSON.parse(body) }),
    );
    expect(answer.statusCode).toBe(201);
  });
});

describe('Accept of a request', () => {
  test.each([
    undefined,
    '',
    '*/*',
    'application/*',
    MEDIA_TYPE,
    `${MEDIA_TYPE};q=0.5`,
    `${MEDIA_TYPE};charset=utf-8, ${MEDIA_TYPE}`,
    `${MEDIA_TYPE};profile="https://x/none"`,
    `${MEDIA_TYPE};ext="https://x/none", ${MEDIA_TYPE}`,
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'application/json, text/plain, */*',
    `text/x;a="b,c", ${MEDIA_TYPE}`,
  ])('%s is answered with the plain media type', async (accept) => {
    const answer = await get(accept);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe(MEDIA_TYPE);
    expect(answer.headers.vary).toBe('Accept');
  });

  test.each([
    `${MEDIA_TYPE};charset=utf-8`,
    `${MEDIA_TYPE};a=1, ${MEDIA_TYPE};b=2`,
    `${MEDIA_TYPE};a=1, */*`,
    `${MEDIA_TYPE};ext="https://x/none"`,
    `${MEDIA_TYPE};q=0`,
    'application/*;q=0, */*',
    'text/html',
    'application/json',
    'nonsense',
  ])('%s is refused with 406 that names the header', async (accept) => {
    const answer = await get(accept);
    expect(answer.statusCode).toBe(406);
    expect(answer.headers['content-type']).toBe(MEDIA_TYPE);
    expect(answer.headers.vary).toBe('Accept');
    expect(answer.json().errors[0]).toMatchObject({
      code: 'not-acceptable',
      source: { header: 'Accept' },
    });
  });

  test('a thousand odd values get the same answer as the first', async () => {
    for (let round = 0; round < 1_000; round += 1) {
      expect((await get(`${MEDIA_TYPE};a=${round}`)).statusCode).toBe(406);
    }
    expect((await get(MEDIA_TYPE)).statusCode).toBe(200);
  });
});

describe('answers', () => {
  test('a body that is already JSON text has the media type too', async () => {
    const answer = await get(undefined, '/api/v1/text');
    expect(answer.headers['content-type']).toBe(MEDIA_TYPE);
    expect(answer.json()).toEqual({ data: null });
  });

  test('304 has Vary and no content type', async () => {
    const answer = await get(undefined, '/api/v1/unchanged');
    expect(answer.statusCode).toBe(304);
    expect(answer.headers.vary).toBe('Accept');
    expect(answer.headers['content-type']).toBeUndefined();
  });

  test('HEAD has the headers of GET and no body', async () => {
    const answer = await app.inject({ method: 'HEAD', url: '/api/v1/things' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe(MEDIA_TYPE);
    expect(answer.body).toBe('');
  });
});
