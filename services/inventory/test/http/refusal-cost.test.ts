import { MEDIA_TYPE } from '@anaquel/jsonapi';
import { expectCheapRefusal, hostileBodies } from '@anaquel/jsonapi/refusal-cost';
import { isWholeSoak } from '@anaquel/runtime/soak-counts';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { MASTER_KEY, openShop, type Shop } from '../support/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  await shop.stock(1, 10);
});
afterAll(() => shop.close());

const ATOMIC = `${MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic"`;

const purchase = (members: string) => `{"data":{"type":"purchases","attributes":{${members}}}}`;
const operation = (members: string) =>
  `{"atomic:operations":[{"op":"add","data":{"type":"stock-movements","attributes":{${members}}}}]}`;

const routes = {
  'POST /api/v1/purchases': {
    type: MEDIA_TYPE,
    bodies: hostileBodies({ document: purchase, list: 'lines', text: 'reference' }),
  },
  'POST /api/v1/stock-operations': {
    type: ATOMIC,
    bodies: hostileBodies({ document: operation, list: 'lines', text: 'reason' }),
  },
  'PUT /inventory/1': {
    type: 'application/json',
    bodies: hostileBodies({
      document: (members) => `{"data":{"attributes":{${members}}}}`,
      list: 'quantity',
      text: 'quantity',
    }),
  },
} as const;

const inTurn = Object.entries(routes).map(([route, { type, bodies }], turn) => {
  // The routes share the bodies; the whole soak sends all of them to each.
  const some = Object.entries(bodies).filter((_, at) => isWholeSoak || at % 3 === turn);
  return [route, { type, some }] as const;
});

describe.each(inTurn)('refusing at %s costs little:', (route, { type, some }) => {
  const [method, url] = route.split(' ') as ['POST' | 'PUT', string];
  test.each(some)('%s', async (_name, text) => {
    const headers = { 'content-type': type, 'x-api-key': MASTER_KEY, 'idempotency-key': 'k' };
    await expectCheapRefusal(shop.service.app, { method, url, headers }, text);
  });
});

test('refusing a megabyte of empty lines costs little', async () => {
  const headers = { 'content-type': MEDIA_TYPE, 'x-api-key': MASTER_KEY, 'idempotency-key': 'k' };
  const text = purchase(`"lines":[${'{},'.repeat(330_000)}{}]`);
  const request = { method: 'POST', url: '/api/v1/purchases', headers } as const;
  await expectCheapRefusal(shop.service.app, request, text);
});
