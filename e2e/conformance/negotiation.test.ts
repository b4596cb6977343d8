import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ATOMIC,
  BY_CURSOR,
  creation,
  CURSOR,
  expectRefusal,
  expectStatus,
  lists,
  MT,
  NO_ID,
  openConformanceShop,
  SERVICES,
} from './shop.ts';
import type { ConformanceShop } from './shop.ts';

// A. Content negotiation: https://jsonapi.org/format/1.1/#content-negotiation

let shop: ConformanceShop;
beforeAll(async () => {
  shop = await openConformanceShop();
});
afterAll(() => shop?.remove());

const UNKNOWN = 'https://x.test/none';

describe.each(SERVICES)('%s', (service) => {
  const { path, data } = creation(service);
  const create = (contentType: string | undefined) =>
    shop.ask(service, 'POST', path, {
      body: JSON.stringify({ data }),
      headers: { 'content-type': contentType },
    });
  const read = (accept: string | undefined, address = path) =>
    shop.ask(service, 'GET', address, { headers: { accept } });

  test('1: every answer has the media type, without parameters', async () => {
    const replies = [
      await create(MT),
      await read(undefined),
      await read(undefined, `${path}/${NO_ID}`),
      await read(undefined, `${path}?foo=1`),
      await read(undefined, '/zzz'),
      await read(undefined, '/api/v1/zzz'),
      await read('text/html'),
      await create('text/plain'),
      await shop.ask(service, 'PUT', path),
      await shop.ask(service, 'GET', path, { headers: { 'x-api-key': 'wrong' } }),
      await shop.ask(service, 'POST', path, { body: '{' }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([
      201, 200, 404, 400, 404, 404, 406, 415, 405, 401, 400,
    ]);
    for (const { headers } of replies) expect(headers['content-type']).toBe(MT);
  });

  test.each([';charset=utf-8', ';version=1', '; foo=bar', `;profile="${UNKNOWN}";foo="a"`])(
    '2, 14: a body of the media type with %s is refused, and the error names the header',
    async (parameters) => {
      expectRefusal(await create(MT + parameters), 415, {
        code: 'unsupported-media-type',
        source: { header: 'Content-Type' },
      });
    },
  );

  test.each([UNKNOWN, `${ATOMIC} ${UNKNOWN}`])(
    '3, 14: a body with the extension %s is refused',
    async (ext) => {
      const refusal = { source: { header: 'Content-Type' } };
      expectRefusal(await create(`${MT};ext="${ext}"`), 415, refusal);
      const operations = service === 'products' ? 'product-operations' : 'stock-operations';
      const reply = await shop.ask(service, 'POST', `/api/v1/${operations}`, {
        body: { 'atomic:operations': [] },
        headers: { 'content-type': `${MT};ext="${ATOMIC} ${UNKNOWN}"` },
      });
      expectRefusal(reply, 415, refusal);
    },
  );

  test('4: an unknown profile is ignored, and not claimed', async () => {
    const created = await create(`${MT};profile="${UNKNOWN}"`);
    expectStatus(created, 201);
    expect(created.headers['content-type']).toBe(MT);
    const listed = await read(`${MT};profile="${UNKNOWN}"`);
    expectStatus(listed, 200);
    expect(listed.headers['content-type']).toBe(MT);
    expect(listed.json.jsonapi).not.toHaveProperty('profile');
  });

  test.each([
    'Application/VND.API+JSON',
    'Application/VND.API+JSON;PROFILE="https://a.test/ https://b.test/"',
    `${MT} ; profile="https://a.test/"`,
    `${MT};ext=""`,
  ])('5: %s is the media type too', async (type) => {
    expectStatus(await create(type), 201);
  });

  test('5: a profile is found among others, however its parameter is written', async () => {
    const reply = await read(`Application/vnd.api+json; Profile="${UNKNOWN} ${CURSOR}"`);
    expectStatus(reply, 200);
    expect(reply.headers['content-type']).toContain(`profile="${CURSOR}"`);
  });

  test.each([
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'x',
    undefined,
  ])('6, 14: a body of the type %s is refused', async (type) => {
    expectRefusal(await create(type), 415, { source: { header: 'Content-Type' } });
  });

  test.each([`${MT};charset=utf-8, ${MT}`, `${MT};a=1, ${MT};q=0.1`])(
    '7: in Accept: %s, the instance with a foreign parameter is ignored',
    async (accept) => {
      const reply = await read(accept);
      expectStatus(reply, 200);
      expect(reply.headers['content-type']).toBe(MT);
    },
  );

  test.each([`${MT};charset=utf-8`, `${MT};a=1, ${MT};b=2`, `${MT};a=1, */*`])(
    '8, 14: Accept: %s is refused',
    async (accept) => {
      expectRefusal(await read(accept), 406, {
        code: 'not-acceptable',
        source: { header: 'Accept' },
      });
    },
  );

  test('9, 14: Accept with an unsupported extension alone is refused', async () => {
    const ext = `${MT};ext="${UNKNOWN}"`;
    const source = { header: 'Accept' };
    expectRefusal(await read(ext), 406, { source });
    expectRefusal(await read(`${ext}, ${MT};ext="${ATOMIC} ${UNKNOWN}"`), 406, { source });
    expectStatus(await read(`${ext}, ${MT}`), 200);
  });

  test.each([undefined, '*/*', 'application/*', `${MT};q=0.5`, 'text/html, */*;q=0.1'])(
    '10: Accept: %s is answered with the media type',
    async (accept) => {
      const reply = await read(accept);
      expectStatus(reply, 200);
      expect(reply.headers['content-type']).toBe(MT);
    },
  );

  test.each([`${MT};q=0`, 'text/html', 'application/json', 'application/*;q=0'])(
    '10, 14: Accept: %s is refused',
    async (accept) => expectRefusal(await read(accept), 406, { source: { header: 'Accept' } }),
  );

  test('11: every answer has Vary: Accept: with a profile and without, refusals and 304 too', async () => {
    const single = service === 'products' ? '/api/v1/products/1' : '/api/v1/inventories/1';
    const { headers } = await shop.get(service, single);
    const unchanged = await shop.ask(service, 'GET', single, {
      headers: { 'if-none-match': headers.etag ?? '' },
    });
    expectStatus(unchanged, 304);
    const replies = [
      unchanged,
      await read(undefined),
      await read(BY_CURSOR.accept),
      await read('text/html'),
      await read(undefined, '/zzz'),
      await create('text/plain'),
    ];
    for (const reply of replies) {
      const names = reply.headers.vary?.split(',').map((name) => name.trim().toLowerCase());
      expect(names).toContain('accept');
    }
  });

  test('12: a requested profile is applied and named', async () => {
    for (const list of lists(shop).filter((one) => one.service === service)) {
      const reply = await read(`${MT};profile="${UNKNOWN} ${CURSOR}"`, list.path);
      expectStatus(reply, 200);
      expect(reply.headers['content-type']).toMatch(/^application\/vnd\.api\+json; ?profile="/);
      expect(/profile="([^"]*)"/.exec(reply.headers['content-type'] ?? '')?.[1]).toBe(CURSOR);
      expect(reply.json.jsonapi.profile ?? [CURSOR]).toEqual([CURSOR]);
    }
  });

  test('13: the jsonapi member of a document takes no part in negotiation', async () => {
    const jsonapi = { version: '1.1', ext: [UNKNOWN], profile: [CURSOR] };
    const reply = await shop.ask(service, 'POST', path, { body: { jsonapi, data } });
    expectStatus(reply, 201);
    expect(reply.headers['content-type']).toBe(MT);
  });
});
