import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  openShop,
  reservationBody,
  type Answer,
  type RequestOptions,
  type Shop,
} from '../support/shop.ts';

const URL_OF_ALL = '/api/v1/reservations';

let shop: Shop;
let now = Date.parse('2026-03-01T12:00:00.000Z');
let products: string[];
let visitors = 0;
let as: RequestOptions;

beforeAll(async () => {
  shop = await openShop({}, { sweeps: false, clock: () => new Date(now) });
  for (let id = 1; id <= 25; id += 1) await shop.stock(id, 5_000);
  products = Array.from({ length: 25 }, (_, index) => String(index + 1));
});
afterAll(() => shop.close());
beforeEach(() => {
  as = visitor();
});

/** A shopper of the gateway with a session of their own. */
function visitor(): RequestOptions {
  visitors += 1;
  return { as: 'gateway', headers: { 'x-actor': `storefront:${visitors}` } };
}

const wait = (minutes: number): void => void (now += minutes * 60_000);
const lines = (count: number, quantity: number) =>
  products.slice(0, count).map((productId) => ({ productId, quantity }));

function hold(
  requestLines: readonly object[],
  minutes = 10,
  more: RequestOptions = {},
): Promise<Answer> {
  return shop.ask('POST', URL_OF_ALL, {
    ...as,
    ...more,
    body: reservationBody(requestLines, minutes * 60),
  });
}

async function createReservation(quantity: number, minutes = 10): Promise<string> {
  const answer = await hold(lines(1, quantity), minutes);
  expect(answer.status).toBe(201);
  return answer.json.data.id;
}

function change(id: string, attributes: object, more: RequestOptions = {}): Promise<Answer> {
  const body = { data: { type: 'reservations', id, attributes } };
  return shop.ask('PATCH', `${URL_OF_ALL}/${id}`, { ...as, ...more, body });
}

const release = (id: string) => shop.ask('DELETE', `${URL_OF_ALL}/${id}`, as);
const expiryOf = async (id: string): Promise<string> =>
  (await shop.ask('GET', `${URL_OF_ALL}/${id}`, as)).json.data.attributes.expiresAt;
const reservedOf = async (id = '1'): Promise<number> =>
  (await shop.ask('GET', `/api/v1/inventories/${id}`)).json.data.attributes.reserved;
const reasons = ({ json }: Answer) =>
  json.errors.map(({ code, meta, source }: { code: string; meta: object; source?: object }) => {
    return { code, ...meta, ...source };
  });

const UNITS = { code: 'hold-limit', limit: 'units', maximum: 100 };
const LINES = { code: 'hold-limit', limit: 'lines', maximum: 20 };
const ACTIVE = { code: 'hold-limit', limit: 'active', maximum: 3 };
const MINUTES = { code: 'hold-limit', limit: 'minutes', maximum: 60 };
const POINTER = { pointer: '/data/attributes/lines' };

describe('one visitor', () => {
  test('cannot hold the whole stock by one request, and gets an error for each limit', async () => {
    const before = await reservedOf();
    const answer = await hold(lines(25, 4_904), 60);
    expect(answer.status).toBe(409);
    expect(reasons(answer)).toEqual([
      { ...UNITS, held: 0, requested: 122_600, ...POINTER },
      { ...LINES, held: 0, requested: 25, ...POINTER },
    ]);
    expect(answer.json.errors[0].detail).toBe(
      'At most 100 units can be held at a time; you hold 0 and asked for 122600 more. Ask for at most 100, or buy without a reservation.',
    );
    expect(await reservedOf()).toBe(before);
  });

  test('holds up to every limit, all live reservations together', async () => {
    expect((await hold(lines(10, 5))).status).toBe(201);
    expect((await hold(lines(9, 5))).status).toBe(201);
    expect(reasons(await hold(lines(2, 1)))).toEqual([
      { ...LINES, held: 19, requested: 2, ...POINTER },
    ]);
    expect(reasons(await hold(lines(1, 6)))).toEqual([
      { ...UNITS, held: 95, requested: 6, ...POINTER },
    ]);
    expect((await hold(lines(1, 5))).status).toBe(201);
    const full = await hold(lines(1, 1));
    expect(reasons(full)).toEqual([
      { ...UNITS, held: 100, requested: 1, ...POINTER },
      { ...LINES, held: 20, requested: 1, ...POINTER },
      { ...ACTIVE, held: 3, requested: 1 },
    ]);
    as = visitor();
    expect((await hold(lines(1, 1))).status).toBe(201);
  });

  test('two lines of one product are two lines', async () => {
    const twice = Array.from({ length: 21 }, () => ({ productId: '1', quantity: 1 }));
    expect(reasons(await hold(twice))).toEqual([{ ...LINES, held: 0, requested: 21, ...POINTER }]);
  });

  test.each(['released', 'confirmed', 'expired'])(
    'may hold again after a reservation was %s',
    async (how) => {
      const ids = [
        await createReservation(30),
        await createReservation(30),
        await createReservation(40, 5),
      ];
      expect((await hold(lines(1, 1))).status).toBe(409);
      const last = ids[2] ?? '';
      if (how === 'released') await release(last);
      if (how === 'confirmed')
        expect((await change(last, { status: 'confirmed' })).status).toBe(200);
      if (how === 'expired') wait(5);
      expect(reasons(await hold(lines(1, 41)))).toEqual([
        { ...UNITS, held: 60, requested: 41, ...POINTER },
      ]);
      expect((await hold(lines(1, 40))).status).toBe(201);
    },
  );

  test('holds no more by simultaneous requests', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => hold(lines(1, 34))));
    const successes = answers.filter(({ status }) => status === 201);
    expect(successes).toHaveLength(2);
    expect(answers.filter(({ codes }) => codes.includes('hold-limit'))).toHaveLength(38);
    const freed = await Promise.all([
      release(successes[0]?.json.data.id),
      ...Array.from({ length: 20 }, () => hold(lines(1, 30))),
    ]);
    // The release may be decided before, between or after them.
    const more = freed.slice(1).filter(({ status }) => status === 201).length;
    expect([1, 2]).toContain(more);
    const { json } = await shop.ask('GET', `${URL_OF_ALL}?filter[status]=active`, as);
    expect(json.meta.total).toBeLessThanOrEqual(3);
  });

  test('gets the first answer to a repeated request, whatever it holds by then', async () => {
    const key = randomUUID();
    const first = await hold(lines(1, 100), 10, { key });
    expect(first.status).toBe(201);
    const again = await hold(lines(1, 100), 10, { key });
    expect(again).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    expect(again.json).toEqual(first.json);
  });

  test('may try a refused request again with its key', async () => {
    const id = await createReservation(100);
    const key = randomUUID();
    expect((await hold(lines(1, 1), 10, { key })).status).toBe(409);
    await release(id);
    expect((await hold(lines(1, 1), 10, { key })).status).toBe(201);
  });

  test('may buy everything that is available', async () => {
    await createReservation(100);
    expect((await shop.buy(lines(25, 10), as)).status).toBe(201);
  });
});

describe('an extension', () => {
  test('may reach an hour after the reservation was made; a refused extension changes nothing', async () => {
    const id = await createReservation(1, 60);
    wait(30);
    expect((await change(id, { expiresInSeconds: 1_800 })).status).toBe(200);
    const expiresAt = await expiryOf(id);
    const key = randomUUID();
    const answer = await change(id, { expiresInSeconds: 1_801 }, { key });
    expect(answer.status).toBe(409);
    expect(reasons(answer)).toEqual([
      { ...MINUTES, held: 30, requested: 31, pointer: '/data/attributes/expiresInSeconds' },
    ]);
    expect(answer.json.errors[0].detail).toBe(
      'A reservation holds for at most 60 minutes from its creation. Ask for at most 1800 seconds.',
    );
    expect(await expiryOf(id)).toBe(expiresAt);
    expect((await change(id, { expiresInSeconds: 60 }, { key })).status).toBe(200);
    wait(1);
    expect((await change(id, { status: 'confirmed' })).codes).toEqual(['reservation-expired']);
  });

  test('to an earlier end is allowed to any owner, even beyond the limits', async () => {
    const staff = { as: 'master' } as const;
    const { json } = await hold(lines(25, 100), 60, staff);
    const { id } = json.data;
    expect((await change(id, { expiresInSeconds: 3_600 }, staff)).status).toBe(200);
    wait(50);
    expect((await change(id, { expiresInSeconds: 3_600 }, staff)).status).toBe(200);
    expect((await change(id, { expiresInSeconds: 60 }, staff)).status).toBe(200);
    expect((await shop.ask('DELETE', `${URL_OF_ALL}/${id}`, staff)).status).toBe(204);
  });
});

test('a caller with inventory:write has no limits', async () => {
  const staff = { as: 'master' } as const;
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    const answer = await hold(lines(25, 900), 60, staff);
    expect(answer.status).toBe(201);
    ids.push(answer.json.data.id);
  }
  for (const id of ids) await shop.ask('DELETE', `${URL_OF_ALL}/${id}`, staff);
});

test('the limits are settings', async () => {
  const strict = await openShop({
    HOLD_MAX_UNITS: '2',
    HOLD_MAX_LINES: '1',
    HOLD_MAX_ACTIVE: '1',
    HOLD_MAX_MINUTES: '1',
  });
  await strict.stock(1, 9);
  await strict.stock(2, 9);
  const ask = (more: readonly object[], seconds: number) =>
    strict.ask('POST', URL_OF_ALL, { as: 'buyer', body: reservationBody(more, seconds) });
  const refused = await ask(
    [
      { productId: '1', quantity: 2 },
      { productId: '2', quantity: 1 },
    ],
    61,
  );
  expect(
    reasons(refused).map(({ limit, maximum }: { limit: string; maximum: number }) => [
      limit,
      maximum,
    ]),
  ).toEqual([
    ['units', 2],
    ['lines', 1],
    ['minutes', 1],
  ]);
  expect((await ask([{ productId: '1', quantity: 1 }], 60)).status).toBe(201);
  expect(reasons(await ask([{ productId: '1', quantity: 1 }], 60))).toMatchObject([
    { limit: 'lines' },
    { limit: 'active' },
  ]);
  await strict.close();
});
