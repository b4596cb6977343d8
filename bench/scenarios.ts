import type { ServiceName } from '../services/manifest.ts';
import { FILLED_DAY } from './fill.ts';
import type { Requests } from './load.ts';

/** What a service is asked for, again and again. */
export interface Scenario {
  readonly name: string;
  readonly service: ServiceName;
  readonly requests: Requests;
  /** What the yardstick answers as the service does; the requests themselves when left out. */
  readonly yardstick?: Requests;
  /** Whether raw node:http is measured beside it. */
  readonly withCeiling?: boolean;
}

/** A shop of some size, and what it is asked for. */
export interface Stage {
  readonly products: number;
  readonly movements: number;
  readonly scenarios: readonly Scenario[];
}

/** So many products have stock; where there are more, the rest has none. */
export const STOCKED = 1_000;

let turn = 0;
/** Goes round products 1 to `count`. */
const nextProduct = (count = STOCKED): number => (turn++ % count) + 1;

const get = (path: () => string): Requests => ({ method: 'GET', next: () => ({ path: path() }) });
const post = (path: string, body: () => object): Requests => ({
  method: 'POST',
  next: () => ({ path, body: body() }),
});

const lineOf = (productId: number) => ({ productId: String(productId), quantity: 1 });
const purchaseOf = (...productIds: number[]) => ({
  data: { type: 'purchases', attributes: { lines: productIds.map(lineOf) } },
});
export const purchases = post('/api/v1/purchases', () => purchaseOf(nextProduct()));
const purchasesOfFive = post('/api/v1/purchases', () =>
  purchaseOf(nextProduct(), nextProduct(), nextProduct(), nextProduct(), nextProduct()),
);
export const hotPurchases = post('/api/v1/purchases', () => purchaseOf(7));

const reservations = post('/api/v1/reservations', () => ({
  data: {
    type: 'reservations',
    attributes: { lines: [lineOf(nextProduct())], expiresInSeconds: 3_600 },
  },
}));

const receiptOf = (productId: number) => ({
  type: 'stock-movements',
  attributes: { kind: 'receipt', quantity: 1 },
  relationships: { product: { data: { type: 'products', id: String(productId) } } },
});
const receipts = post('/api/v1/stock-movements', () => ({ data: receiptOf(nextProduct()) }));
const LINES = 1_000;
/** Many receipts as one request; of such requests a few are as much work as a service can have. */
const listedReceipts: Requests = {
  ...post('/api/v1/stock-operations', () => ({
    'atomic:operations': Array.from({ length: LINES }, () => {
      return { op: 'add', data: receiptOf(nextProduct()) };
    }),
  })),
  mediaType: 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"',
  connections: 4,
  lines: LINES,
};

const stockReads = get(() => `/api/v1/inventories/${nextProduct()}`);
const productReads = get(() => `/api/v1/products/${nextProduct()}`);

let price = 100;
const productWrites: Requests = {
  method: 'PATCH',
  next() {
    const id = String(nextProduct());
    price = (price % 5_000) + 1;
    const body = { data: { type: 'products', id, attributes: { price } } };
    return { path: `/api/v1/products/${id}`, body };
  },
};

const salesOfDay = get(
  () =>
    `/api/v1/sales-summaries?filter[from]=${FILLED_DAY.from}&filter[to]=${FILLED_DAY.to}&filter[group]=product`,
);

const levelsOfDays = get(
  () =>
    `/api/v1/level-summaries?filter[product]=${nextProduct()}&filter[from]=2025-12-01T00:00:00Z&filter[to]=2026-03-11T00:00:00Z&page[size]=100`,
);

const list = get(() => '/api/v1/products?page[size]=20');
const SORTS = ['id', 'name', 'price', 'createdAt', 'updatedAt'];
const PAGES = 50;

/** So many different pages that few of them are remembered. */
const differentLists = get(() => {
  const place = nextProduct(2 * SORTS.length * PAGES) - 1;
  const number = (place % PAGES) + 1;
  const order = Math.floor(place / PAGES);
  const sort = `${order % 2 === 0 ? '' : '-'}${SORTS[Math.floor(order / 2)]}`;
  return `/api/v1/products?sort=${sort}&page[number]=${number}&page[size]=20`;
});

const searchAmong = (count: number): Requests =>
  get(() => `/api/v1/products?filter[search]=product+${nextProduct(count)}`);

/** As the gateway passes on the request of a browser, so that links lead back to the gateway. */
const passedOn = (requests: Requests): Requests => ({
  ...requests,
  headers: {
    'x-forwarded-for': '192.0.2.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example.com',
  },
});

const small: Stage = {
  products: STOCKED,
  movements: 10_000,
  scenarios: [
    { name: 'sales of a day', service: 'inventory', requests: salesOfDay },
    { name: 'levels of 100 days', service: 'inventory', requests: levelsOfDays },
    { name: 'purchases', service: 'inventory', requests: purchases, withCeiling: true },
    { name: 'purchases of one hot product', service: 'inventory', requests: hotPurchases },
    { name: 'purchases of five lines', service: 'inventory', requests: purchasesOfFive },
    { name: 'reservations', service: 'inventory', requests: reservations },
    { name: 'receipts', service: 'inventory', requests: receipts },
    {
      name: 'receipts by lists of 1,000',
      service: 'inventory',
      requests: listedReceipts,
      yardstick: receipts,
    },
    { name: 'stock reads', service: 'inventory', requests: stockReads, withCeiling: true },
    { name: 'product reads', service: 'products', requests: productReads },
    { name: 'product writes', service: 'products', requests: productWrites },
    { name: 'list of 20 of 1,000 products', service: 'products', requests: list },
    { name: 'product reads passed on', service: 'products', requests: passedOn(productReads) },
    { name: 'list of 20 passed on', service: 'products', requests: passedOn(list) },
    { name: 'search in 1,000 products', service: 'products', requests: searchAmong(STOCKED) },
  ],
};

const large: Stage = {
  products: 100_000,
  movements: 1_000_000,
  scenarios: [
    {
      name: 'sales of a day after 1,000,000 movements',
      service: 'inventory',
      requests: salesOfDay,
    },
    {
      name: 'levels of 100 days after 1,000,000 movements',
      service: 'inventory',
      requests: levelsOfDays,
    },
    { name: 'purchases after 1,000,000 movements', service: 'inventory', requests: purchases },
    { name: 'list of 20 of 100,000 products', service: 'products', requests: list },
    {
      name: '500 different lists of 20 of 100,000 products',
      service: 'products',
      requests: differentLists,
    },
    { name: 'search in 100,000 products', service: 'products', requests: searchAmong(100_000) },
  ],
};

export const stages: readonly Stage[] = [small, large];

/** What the yardstick is asked for in place of a scenario: it answers what the service answered. */
export function yardstickRequests({ method }: Requests, name: string): Requests {
  const path = `/answers/${name}`;
  if (method === 'GET') return get(() => path);
  if (method === 'POST') return post(path, () => purchaseOf(nextProduct()));
  return { method, next: () => ({ path, body: productWrites.next().body ?? {} }) };
}
