import { randomUUID } from 'node:crypto';
import { MEDIA_TYPE } from '@anaquel/jsonapi';
import { times } from '@anaquel/runtime/soak-counts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MASTER_KEY, openShop, purchaseBody, reservationBody, type Shop } from '../support/shop.ts';

/** The number of simultaneous races, each for the one unit of a product of its own. */
const LANES = 50;
const WAVES = times({ test: 10, soak: 200 });
const RACES = WAVES * LANES;
const MOST_TIMES_ASKED = 5;

let shop: Shop;
let now = Date.parse('2026-03-01T12:00:00.000Z');
/** The clock advances by this many milliseconds each time it is read. */
let tick = 0;

// The sweeper runs too.
beforeAll(async () => {
  const clock = (): Date => {
    now += tick;
    return new Date(now);
  };
  shop = await openShop({}, { clock });
  for (let lane = 1; lane <= LANES; lane += 1) await shop.stock(lane, 1);
});
afterAll(() => shop.close());

/**
 * The JSON:API rules are not checked here; other tests check these answers. A busy machine may have
 * it ask again: 503 says that nothing was changed.
 */
async function ask(
  method: 'POST' | 'PATCH',
  url: string,
  body: object,
  asked = 1,
): Promise<Answer> {
  const { statusCode, payload } = await shop.service.app.inject({
    method,
    url: `/api/v1/${url}`,
    headers: {
      'x-api-key': MASTER_KEY,
      'content-type': MEDIA_TYPE,
      ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
    },
    payload: JSON.stringify(body),
  });
  if (statusCode === 503 && asked < MOST_TIMES_ASKED) return ask(method, url, body, asked + 1);
  return { status: statusCode, json: JSON.parse(payload) as Document };
}

interface Document {
  readonly data?: { readonly id: string; readonly attributes: { readonly expiresAt: string } };
  readonly errors?: readonly { readonly code: string }[];
}

interface Answer {
  readonly status: number;
  readonly json: Document;
}

const reserve = (productId: string): Promise<Answer> =>
  ask('POST', 'reservations', reservationBody([{ productId, quantity: 1 }], 1));
const buy = (productId: string): Promise<Answer> =>
  ask('POST', 'purchases', purchaseBody([{ productId, quantity: 1 }]));
const confirm = (id: string): Promise<Answer> => {
  const attributes = { status: 'confirmed' };
  return ask('PATCH', `reservations/${id}`, { data: { type: 'reservations', id, attributes } });
};

/** In random order. */
async function race<One, Other>(
  turn: boolean,
  one: () => Promise<One>,
  other: () => Promise<Other>,
): Promise<[One, Other]> {
  if (turn) return Promise.all([one(), other()]);
  const second = other();
  const first = one();
  return [await first, await second];
}

const lanes = Array.from({ length: LANES }, (_, index) => String(index + 1));

/** Two requests for the last unit, in each lane; gives the id of the reservation that got it. */
async function raceForTheLastUnit(): Promise<Answer[]> {
  return Promise.all(
    lanes.map(async (product) => {
      const both = await Promise.all([reserve(product), reserve(product)]);
      expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 409]));
      const loser = both.find(({ status }) => status === 409);
      expect(loser?.json.errors?.map(({ code }) => code)).toEqual(['insufficient-stock']);
      return both.find(({ status }) => status === 201) as Answer;
    }),
  );
}

test(`of ${RACES} races of two reservations for the last unit, and of expiry against confirm, each has one winner`, async () => {
  const won = { confirm: 0, expiry: 0, buyer: 0 };
  for (let wave = 0; wave < WAVES; wave += 1) {
    const reservations = await raceForTheLastUnit();
    const first = reservations.map(({ json }) => json.data?.attributes.expiresAt ?? '').sort()[0];
    // The reservations expire in the middle of the race.
    now = Date.parse(first ?? '') - 50 * (wave % 10);
    tick = 1;
    await Promise.all(
      reservations.map(async ({ json }, lane) => {
        const product = lanes[lane] ?? '';
        const id = json.data?.id ?? '';
        const [confirmed, bought] = await race(
          (lane + wave) % 2 === 0,
          () => confirm(id),
          () => buy(product),
        );
        if (confirmed.status === 200) {
          won.confirm += 1;
          expect(bought.status).toBe(409);
          return;
        }
        won.expiry += 1;
        expect(confirmed.status).toBe(409);
        expect(confirmed.json.errors?.map(({ code }) => code)).toEqual(['reservation-expired']);
        // The purchase may have come before the expiry.
        expect([201, 409]).toContain(bought.status);
        if (bought.status === 201) won.buyer += 1;
      }),
    );
    tick = 0;
    const attributes = { onHand: 1 };
    const counted = await Promise.all(
      lanes.map((id) =>
        ask('PATCH', `inventories/${id}`, { data: { type: 'inventories', id, attributes } }),
      ),
    );
    expect(counted.every(({ status }) => status === 200)).toBe(true);
  }

  expect(won.confirm + won.expiry).toBe(RACES);
  // Each of the contenders won at least once.
  expect(Math.min(won.confirm, won.expiry, won.buyer)).toBeGreaterThan(RACES / 50);
  now += 1_000;
  await Promise.all(lanes.map(buy));
  const ended = await shop.run(
    'SELECT status, cast(count(*) AS integer) AS n FROM reservations GROUP BY status ORDER BY status',
  );
  expect(ended).toEqual([
    { status: 'confirmed', n: won.confirm },
    { status: 'expired', n: won.expiry },
  ]);
  expect(await shop.run('SELECT * FROM holds')).toEqual([]);
  const { json } = await shop.ask('GET', '/api/v1/audit');
  expect(json.data.attributes).toMatchObject({ clean: true, disagreements: [] });
}, 120_000);
