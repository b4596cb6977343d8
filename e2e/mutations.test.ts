import { breachesOf } from '@anaquel/jsonapi/rules';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceName } from '../services/manifest.ts';
import { ATOMIC_MT, creation, MT, openConformanceShop, receipt } from './conformance/shop.ts';
import type { ConformanceShop } from './conformance/shop.ts';
import { mutations } from './mutated-request.ts';
import type { Parts } from './mutated-request.ts';
import { times } from '@anaquel/runtime/soak-counts';

// Random changes of valid requests: each answer follows JSON:API, and none breaks a service.

let shop: ConformanceShop;
beforeAll(async () => {
  shop = await openConformanceShop();
});
afterAll(() => shop?.remove());

/** The error codes of a service that can't work now. */
const DOCUMENTED = ['unavailable', 'catalogue-unavailable', 'overloaded', 'ledger-unavailable'];

type Valid = [method: string, address: string, body?: unknown, headers?: Record<string, string>];

const atomic = { 'content-type': ATOMIC_MT, accept: ATOMIC_MT };
const document = (type: string, attributes: object, more: object = {}) => ({
  data: { type, attributes, ...more },
});
const lines = [{ productId: '1', quantity: 1, expectedPrice: 30 }];

/** @param ids of a purchase and a reservation */
function validRequests([purchase, reservation]: readonly string[]): Record<ServiceName, Valid[]> {
  return {
    products: [
      ['GET', '/api/v1/products?sort=-price,name&page[size]=3&page[number]=1&filter[price][gte]=1'],
      ['GET', '/api/v1/products?filter[search]=anvil&filter[status]=active&fields[products]=name'],
      ['GET', '/api/v1/products/1'],
      ['GET', '/api/v1/product-events?page[after]=1&page[size]=2'],
      ['POST', '/api/v1/products', { data: creation('products').data }],
      [
        'POST',
        '/api/v1/products',
        document('products', { name: 'All', price: 1.25, currency: 'USD', sku: null, tags: ['a'] }),
      ],
      ['PATCH', '/api/v1/products/2', document('products', { price: 3, tags: ['b'] }, { id: '2' })],
      ['DELETE', '/api/v1/products/5'],
      [
        'POST',
        '/api/v1/product-operations',
        {
          'atomic:operations': [
            {
              op: 'add',
              data: { type: 'products', lid: 'a', attributes: { name: 'A', price: 1 } },
            },
            {
              op: 'update',
              ref: { type: 'products', lid: 'a' },
              data: { type: 'products', lid: 'a', attributes: { price: 2 } },
            },
            { op: 'remove', ref: { type: 'products', lid: 'a' } },
          ],
        },
        atomic,
      ],
    ],
    inventory: [
      ['GET', '/api/v1/inventories?include=product,movements.purchase&sort=-onHand&page[size]=2'],
      [
        'GET',
        '/api/v1/inventories?filter[id]=1,2&filter[onHand][gte]=1&fields[inventories]=onHand',
      ],
      ['GET', '/api/v1/inventories/1'],
      ['GET', '/api/v1/inventories/1/product'],
      ['GET', '/api/v1/inventories/1/relationships/movements?page[size]=2'],
      ['GET', '/api/v1/stock-movements?filter[product]=1&filter[kind]=receipt&sort=-position'],
      ['GET', `/api/v1/purchases/${purchase}?include=products,movements.product`],
      ['GET', `/api/v1/purchases?filter[total][gte]=1&sort=createdAt`],
      ['GET', `/api/v1/reservations/${reservation}/purchase`],
      ['GET', '/api/v1/reservations?filter[status]=active&sort=-expiresAt'],
      ['GET', '/api/v1/stock-events?page[after]=3&page[size]=2'],
      ['GET', '/api/v1/audit'],
      ['POST', '/api/v1/inventories', document('inventories', { onHand: 1 }, { id: '5' })],
      [
        'PATCH',
        '/api/v1/inventories/1',
        document('inventories', { onHand: 400, lowStockThreshold: 3 }, { id: '1' }),
      ],
      ['POST', '/api/v1/stock-movements', { data: receipt('1', 5) }],
      ['POST', '/api/v1/purchases', document('purchases', { lines, reference: 'x' })],
      ['POST', '/api/v1/reservations', document('reservations', { lines, expiresInSeconds: 60 })],
      [
        'PATCH',
        `/api/v1/reservations/${reservation}`,
        document('reservations', { expiresInSeconds: 90 }, { id: reservation }),
      ],
      ['DELETE', `/api/v1/reservations/${reservation}`],
      [
        'POST',
        '/api/v1/stock-operations',
        {
          'atomic:operations': [
            { op: 'update', data: { type: 'inventories', id: '1', attributes: { onHand: 400 } } },
            { op: 'add', data: receipt('2', 1) },
          ],
        },
        atomic,
      ],
    ],
  };
}

function partsOf([method, address, body, headers = {}]: Valid): Parts {
  const { pathname, searchParams } = new URL(address, 'http://any.test');
  const query = [...searchParams].map((pair) => pair.map(encodeURIComponent) as [string, string]);
  const segments = pathname.split('/').slice(1);
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': MT };
  return { method, segments, query, headers: { ...type, ...headers }, body };
}

function addressOf({ segments, query }: Parts): string {
  const pairs = query.map(([name, value]) => `${name}=${value}`);
  return `/${segments.join('/')}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

const count = times({ test: 400, soak: 10_000 });
const perService = Math.ceil(count / 2);

// Inventory comes first: it could not sell the products that the other half deletes.
describe.each(['inventory', 'products'] as const)('%s', (service) => {
  test(`answers ${perService} mutated requests as JSON:API says, and none with a failure`, async () => {
    const valid = validRequests([shop.purchases[0] ?? '', shop.reservations[0] ?? ''])[service];
    const statuses = new Map<number, number>();
    const mutated = fc
      .tuple(fc.constantFrom(...valid), fc.array(mutations, { minLength: 1, maxLength: 3 }))
      .map(([request, changes]) =>
        changes.reduce((parts, apply) => apply(parts), partsOf(request)),
      );
    const property = fc.asyncProperty(mutated, async (parts) => {
      const { method, headers, body } = parts;
      const url = addressOf(parts);
      const options = { headers, ...(body !== undefined && { body }) };
      // Rejects when an answer of a canonical address breaks a rule.
      const answer = await shop.ask(service, method, url, options);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      // Other addresses answer errors as JSON:API too.
      if (answer.status >= 400)
        expect(breachesOf(answer, { method, url, headers, body })).toEqual([]);
      if (answer.status === 503 && method !== 'HEAD')
        expect(DOCUMENTED).toContain(answer.json.errors[0].code);
      else expect([answer.status < 500, answer.text]).toEqual([true, answer.text]);
    });
    await fc.assert(property, { numRuns: perService });
    const counts = [...statuses]
      .toSorted(([a], [b]) => a - b)
      .map(([status, n]) => `${n} × ${status}`);
    console.log(`${service}: ${counts.join(', ')}`);
    // Some mutated requests must succeed.
    const good = [...statuses].filter(([status]) => status < 300).map(([, n]) => n);
    expect(good.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(perService / 50);
    for (const status of [400, 404, 405]) expect([...statuses.keys()]).toContain(status);
    expect((await shop.ask(service, 'GET', '/health/ready')).status).toBe(200);
  });
});
