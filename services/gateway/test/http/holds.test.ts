import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { codeOf, startGateway, type TestGateway } from '../support/test-gateway.ts';

const MEDIA_TYPE = 'application/vnd.api+json';
const HOUR_MS = 3_600_000;
/** The limits of one address: 20 units, 20 lines, 20 reservations in an hour. */
const CAPS = { HOLD_MAX_UNITS: '2', HOLD_MAX_LINES: '2', HOLD_MAX_ACTIVE: '2' };
const wide = { HOLD_MAX_UNITS: '1000', HOLD_MAX_LINES: '1000', HOLD_MAX_ACTIVE: '1000' };

interface Options {
  readonly lines?: readonly object[];
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface HoldingShop extends TestGateway {
  /** Inventory's answer from now on; undefined: it makes the reservation. */
  answer: ((response: ServerResponse) => void) | undefined;
  nowMs: number;
  reserve(options?: Options): Promise<Response>;
  change(id: string, attributes: object | null): Promise<Response>;
}

const line = (quantity: number) => ({ productId: '1', quantity });

/** A gateway with an Inventory that makes every reservation, with the ids 1, 2, 3 and so on. */
async function open(env: Record<string, string> = CAPS): Promise<HoldingShop> {
  let reservationCount = 0;
  const shop: HoldingShop = Object.assign(
    await startGateway(
      { STOREFRONT: 'open', TRUST_PROXY: 'loopback', ...env },
      { clock: () => new Date(shop?.nowMs ?? Date.now()), answerWithinMs: 1_000 },
    ),
    {
      answer: undefined,
      nowMs: Date.now(),
      reserve({ lines = [line(1)], headers = {}, body }: Options = {}) {
        return shop.send('/api/v1/reservations', {
          method: 'POST',
          headers: { 'content-type': MEDIA_TYPE, 'idempotency-key': randomUUID(), ...headers },
          body:
            body ??
            JSON.stringify({
              data: { type: 'reservations', attributes: { lines, expiresInSeconds: 600 } },
            }),
        });
      },
      change(id: string, attributes: object | null) {
        return shop.send(`/api/v1/reservations/${id}`, {
          method: attributes === null ? 'DELETE' : 'PATCH',
          headers: { 'content-type': MEDIA_TYPE },
          ...(attributes && { body: JSON.stringify({ data: { attributes } }) }),
        });
      },
    },
  );
  shop.inventory.behave(({ method }, response) => {
    if (shop.answer) return shop.answer(response);
    if (method === 'DELETE') return response.writeHead(204).end();
    if (method === 'PATCH') return response.end('{"data":{}}');
    reservationCount += 1;
    const location = `http://127.0.0.1:8000/api/v1/reservations/${reservationCount}`;
    return response.writeHead(201, { location, 'content-type': MEDIA_TYPE }).end('{"data":{}}');
  });
  return shop;
}

/** One after the other, to stay below the limit of changes. */
async function statuses(count: number, one: () => Promise<Response>): Promise<number[]> {
  const codes: number[] = [];
  for (let index = 0; index < count; index += 1) codes.push((await one()).status);
  return codes;
}

const successes = (count: number): number[] => Array.from({ length: count }, () => 201);

describe('one address', () => {
  test.each([
    ['reservations', { ...wide, HOLD_MAX_ACTIVE: '1' }, [line(1)], 10],
    ['units', { ...wide, HOLD_MAX_UNITS: '7' }, [line(3), line(4)], 10],
    ['lines', { ...wide, HOLD_MAX_LINES: '2' }, [line(1), line(1)], 10],
  ])(
    'holds ten times the %s of one visitor, and is told when it may go on',
    async (_, env, lines, most) => {
      const shop = await open(env);
      expect(await statuses(most, () => shop.reserve({ lines }))).toEqual(successes(most));
      shop.nowMs += 1_000_000;
      const refused = await shop.reserve({ lines });
      expect(refused.status).toBe(429);
      expect(await codeOf(refused)).toBe('too-many-requests');
      const waitMs = Number(refused.headers.get('retry-after')) * 1_000;
      expect(waitMs).toBe(HOUR_MS - 1_000_000);
      shop.nowMs += waitMs - 1;
      expect((await shop.reserve({ lines })).status).toBe(429);
      shop.nowMs += 1;
      expect((await shop.reserve({ lines })).status).toBe(201);
    },
  );

  test('gets the shortest Retry-After after which its request fits', async () => {
    const shop = await open({ ...wide, HOLD_MAX_UNITS: '4' });
    for (let index = 0; index < 10; index += 1) {
      await shop.reserve({ lines: [line(4)] });
      shop.nowMs += 60_000;
    }
    const waits = [];
    for (const quantity of [1, 4]) {
      const refused = await shop.reserve({ lines: [line(quantity)] });
      waits.push(Number(refused.headers.get('retry-after')));
    }
    expect(waits).toEqual([3_000, 3_000]);
    shop.nowMs += 3_000_000;
    expect((await shop.reserve({ lines: [line(3)] })).status).toBe(201);
    const refused = await shop.reserve({ lines: [line(2)] });
    expect(Number(refused.headers.get('retry-after'))).toBe(60);
  });

  test('cannot pass the limit by simultaneous requests, each a new session', async () => {
    const shop = await open();
    const all = await Promise.all(Array.from({ length: 50 }, () => shop.reserve()));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(all.filter(({ status }) => status === 429)).toHaveLength(30);
    expect(shop.inventory.received).toHaveLength(20);
  });

  test('is an IPv4 address, or the first half of an IPv6 address', async () => {
    const shop = await open({ ...CAPS, HOLD_MAX_ACTIVE: '1' });
    const from = (address: string) => () =>
      shop.reserve({ headers: { 'x-forwarded-for': address } });
    let host = 0;
    const ofOneLine = () => from(`2001:db8:1:2::${(host += 1)}`)();
    expect(await statuses(11, ofOneLine)).toEqual([...successes(10), 429]);
    expect((await from('2001:db8:1:3::1')()).status).toBe(201);
    expect((await from('203.0.113.7')()).status).toBe(201);
  });
});

describe('a hold', () => {
  const full = async (env: Record<string, string> = {}): Promise<HoldingShop> => {
    const shop = await open({ ...CAPS, HOLD_MAX_ACTIVE: '1', ...env });
    await statuses(10, () => shop.reserve());
    expect((await shop.reserve()).status).toBe(429);
    return shop;
  };

  test('does not count after it is released or bought', async () => {
    const shop = await full();
    expect((await shop.change('3', null)).status).toBe(204);
    expect((await shop.reserve()).status).toBe(201);
    expect((await shop.change('4', { status: 'confirmed' })).status).toBe(200);
    expect((await shop.reserve()).status).toBe(201);
    expect((await shop.reserve()).status).toBe(429);
    // A hold is not subtracted twice.
    await shop.change('3', null);
    expect((await shop.reserve()).status).toBe(429);
  });

  test('counts if its release or confirmation failed, and counts from its extension on', async () => {
    const shop = await full();
    shop.answer = (response) => void response.writeHead(409).end('{"errors":[]}');
    await shop.change('3', null);
    await shop.change('4', { status: 'confirmed' });
    shop.answer = undefined;
    expect((await shop.reserve()).status).toBe(429);
    shop.nowMs += HOUR_MS - 1_000;
    expect((await shop.change('5', { expiresInSeconds: 3_600 })).status).toBe(200);
    shop.nowMs += 1_000;
    expect(await statuses(10, () => shop.reserve())).toEqual([...successes(9), 429]);
  });

  test.each([
    [409, 'a refusal'],
    [422, 'a body that is not valid'],
    [503, 'a service that is busy'],
  ])('is nothing that was answered %i, %s', async (status) => {
    const shop = await open({ ...CAPS, HOLD_MAX_ACTIVE: '1' });
    shop.answer = (response) => void response.writeHead(status).end('{"errors":[]}');
    expect(new Set(await statuses(15, () => shop.reserve()))).toEqual(new Set([status]));
    expect(
      new Set(
        await statuses(15, () => shop.reserve({ body: '{"data":{"attributes":{"lines":7}' })),
      ),
    ).toEqual(new Set([status]));
    shop.answer = undefined;
    expect(await statuses(11, () => shop.reserve())).toEqual([...successes(10), 429]);
  });

  test('with an unknown outcome counts, once however often it is sent', async () => {
    const shop = await open({ ...CAPS, HOLD_MAX_ACTIVE: '1' });
    const cookie = await shop.cookieOf('shopper');
    const again = { headers: { cookie, 'idempotency-key': 'k', 'sec-fetch-site': 'same-origin' } };
    shop.answer = (response) => void response.destroy();
    expect(await statuses(2, () => shop.reserve(again))).toEqual([504, 504]);
    shop.answer = undefined;
    expect(await statuses(9, () => shop.reserve())).toEqual(successes(9));
    expect((await shop.reserve()).status).toBe(429);
    shop.answer = (response) => {
      const headers = { 'idempotency-replayed': 'true', location: '/api/v1/reservations/mine' };
      response.writeHead(201, headers).end('{"data":{}}');
    };
    expect((await shop.reserve(again)).status, 'its answer is no new hold').toBe(201);
    shop.answer = undefined;
    await shop.change('mine', null);
    expect((await shop.reserve()).status).toBe(201);
  });

  test('that is a replay of a request counted for another address does not count', async () => {
    const shop = await open({ ...CAPS, HOLD_MAX_ACTIVE: '1' });
    shop.answer = (response) =>
      void response.writeHead(201, { 'idempotency-replayed': 'true' }).end('{"data":{}}');
    expect(await statuses(15, () => shop.reserve())).toEqual(successes(15));
  });

  test.each(['{', '[]', 'null', '{"data":{"attributes":{"lines":{}}}}', '\uFEFF{}', '[[[['])(
    'counts as the most that one visitor may hold if the body %s is accepted',
    async (body) => {
      const shop = await open({ ...wide, HOLD_MAX_UNITS: '3' });
      expect(await statuses(11, () => shop.reserve({ body }))).toEqual([...successes(10), 429]);
    },
  );

  test.each([-5, 0, null, '7', {}, 1e300, Number.MAX_SAFE_INTEGER])(
    'never counts negatively for a quantity of %j',
    async (quantity) => {
      const shop = await open({ ...wide, HOLD_MAX_UNITS: '3' });
      const lines = [{ productId: '1', quantity }];
      expect(await statuses(11, () => shop.reserve({ lines }))).toEqual([...successes(10), 429]);
    },
  );

  test('of operators or callers with their own key does not count, nor does a purchase', async () => {
    const shop = await full();
    const operator = { cookie: await shop.cookieOf('operator'), 'sec-fetch-site': 'same-origin' };
    for (const headers of [operator, { 'x-api-key': 'k' }])
      expect(await statuses(12, () => shop.reserve({ headers }))).toEqual(successes(12));
    const buy = () => shop.send('/api/v1/purchases', { method: 'POST', body: '{}' });
    expect((await buy()).status).toBe(201);
  });
});

test('a query after the address changes nothing', async () => {
  const shop = await open({ ...CAPS, HOLD_MAX_ACTIVE: '1' });
  const reserve = () =>
    shop.send('/api/v1/reservations?include=products', { method: 'POST', body: '{}' });
  expect(await statuses(11, reserve)).toEqual([...successes(10), 429]);
});
