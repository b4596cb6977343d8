import { vi } from 'vitest';
import { KEY, startServiceOn, type Service } from './start-service.ts';

// A shop of both services, for tests of what becomes of its databases.

const MEDIA_TYPE = 'application/vnd.api+json';
const ATOMIC = `${MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic"`;

interface Sent {
  readonly service: 'products' | 'inventory';
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly key?: string;
  readonly payload?: object;
}

/** What was sent, and the answer. */
export interface Deal {
  readonly sent: Sent;
  readonly status: number;
  readonly body: unknown;
}

export interface CopyShop {
  send(sent: Sent): Promise<Deal & { readonly isReplayed: boolean }>;
  /** The source and id of each event that Inventory has published. */
  readonly published: readonly string[];
  close(): Promise<void>;
}

export async function openCopyShop(
  databases: { readonly products: string; readonly inventory: string },
  folder: string,
): Promise<CopyShop> {
  const published: string[] = [];
  const publisher = {
    name: 'collector',
    publish: async (events: readonly { readonly id: string; readonly source: string }[]) => {
      for (const { id, source } of events) published.push(`${source} ${id}`);
    },
  };
  const nobody = { name: 'nobody', publish: async () => {} };
  const products = await startServiceOn(
    databases.products,
    'products',
    folder,
    {},
    {
      publisher: nobody,
    },
  );
  const address = await products.app.listen({ host: '127.0.0.1', port: 0 });
  const more = { PRODUCTS_BASE_URL: address };
  const inventory = await startServiceOn(databases.inventory, 'inventory', folder, more, {
    publisher,
    // So that nothing happens that nobody asked for.
    sweeps: false,
  });
  const services: Record<Sent['service'], Service> = { products, inventory };
  return {
    published,
    async send(sent) {
      const { service, method, path, key, payload } = sent;
      const answer = await services[service].app.inject({
        method,
        url: `/api/v1/${path}`,
        headers: {
          'x-api-key': KEY,
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(payload && { 'content-type': path.endsWith('operations') ? ATOMIC : MEDIA_TYPE }),
        },
        ...(payload && { payload }),
      });
      return {
        sent,
        status: answer.statusCode,
        isReplayed: answer.headers['idempotency-replayed'] === 'true',
        body: isDocument(answer.headers['content-type']) ? answer.json() : answer.body || null,
      };
    },
    async close() {
      await inventory.close();
      await products.close();
    },
  };
}

const isDocument = (type: unknown) => String(type).startsWith(MEDIA_TYPE);

/** Whole numbers below a bound, always the same for a seed. */
type Dice = (below: number) => number;

function createDice(seed: number): Dice {
  let state = seed;
  return (below) => {
    // https://en.wikipedia.org/wiki/Linear_congruential_generator, the numbers of glibc
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

const NAMES = ['Mug', 'Lámpara', 'Ünïcode “x” 🛒', String.raw`a\b"c'`];
const PRODUCTS = 8;
const TRACKED = 6;
const DEALS = 30;
export const PICTURES = 12;
/** The bytes of one that is sent, as text. */
export const pictureOf = (number: number): string => `RIFF0000WEBP${number}`;

interface Document {
  readonly data?: { readonly id: string; readonly attributes?: { readonly status?: string } };
}

interface Trader {
  /** Gives what was answered; nothing when it was refused. */
  ask(sent: Sent): Promise<Document>;
  readonly dice: Dice;
  /** Another one for each deal. */
  readonly key: string;
  /** Of two tracked products. */
  readonly id: string;
  readonly otherId: string;
}

/**
 * Trades by chance in a fresh shop, with everything that leaves rows. Keys begin with `name`. Gives
 * what was sent with a key and accepted.
 */
export async function trade(shop: CopyShop, name: string, seed: number): Promise<readonly Deal[]> {
  const dice = createDice(seed);
  const deals: Deal[] = [];
  const ask: Trader['ask'] = async (sent) => {
    const deal = await shop.send(sent);
    // Who asks by chance may ask for too much.
    if (deal.status === 409) return {};
    if (deal.status >= 300)
      throw new Error(`${sent.method} ${sent.path}: ${deal.status} ${JSON.stringify(deal.body)}`);
    if (sent.key !== undefined) deals.push(deal);
    return deal.body ?? {};
  };
  const ids = await fillShop({ ask, dice, key: `${name}-stock` });
  for (let index = 0; index < DEALS; index += 1) {
    const [id = '', otherId = ''] = [ids[dice(TRACKED)], ids[dice(TRACKED)]];
    await KINDS[dice(KINDS.length)]?.({ ask, dice, key: `${name}-${index}`, id, otherId });
  }
  await letRunOut(ids, ask, name);
  return deals;
}

/** Products of all kinds, those in stock first; the last one is deleted. Gives their ids. */
async function fillShop({
  ask,
  dice,
  key,
}: Pick<Trader, 'ask' | 'dice' | 'key'>): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 1; index <= PRODUCTS; index += 1) {
    const attributes = {
      name: NAMES[dice(NAMES.length)],
      price: dice(10_000) / 100,
      sku: dice(2) === 0 ? `${key}-${index}` : null,
      tags: ['red', 'Blau', 'crème'].slice(dice(4)),
      status: index > TRACKED ? 'draft' : 'active',
    };
    const payload = { data: { type: 'products', attributes } };
    const created = await ask({ service: 'products', method: 'POST', path: 'products', payload });
    ids.push(created.data?.id ?? '');
  }
  for (const id of ids.slice(0, TRACKED)) {
    const attributes = { onHand: 50, lowStockThreshold: dice(2) === 0 ? null : dice(60) };
    const payload = { data: { type: 'inventories', id, attributes } };
    const track = { service: 'inventory', method: 'POST', path: 'inventories' } as const;
    await ask({ ...track, key: `${key}-${id}`, payload });
  }
  // More than are copied at once.
  for (let number = 1; number <= PICTURES; number += 1) {
    const attributes = { content: Buffer.from(pictureOf(number)).toString('base64') };
    const payload = { data: { type: 'product-pictures', attributes } };
    await ask({ service: 'products', method: 'POST', path: 'product-pictures', payload });
  }
  await ask({ service: 'products', method: 'DELETE', path: `products/${ids.at(-1)}` });
  return ids;
}

/** Two reservations run out: of one it is recorded, of the other it is left to find. */
async function letRunOut(
  [one = '', other = '']: readonly string[],
  ask: Trader['ask'],
  name: string,
): Promise<void> {
  const paths: string[] = [];
  for (const id of [one, other]) {
    const lines = [{ productId: id, quantity: 1 }];
    const { data } = await ask(
      post('reservations', `${name}-due-${id}`, { lines, expiresInSeconds: 1 }),
    );
    paths.push(`reservations/${data?.id}`);
  }
  for (const path of paths)
    await vi.waitFor(async () => {
      const held = await ask({ service: 'inventory', method: 'GET', path });
      if (held.data?.attributes?.status !== 'expired') throw new Error('It has not run out yet');
    }, 30_000);
  const product = toOne('products', one);
  const attributes = { kind: 'receipt', quantity: 100 };
  await ask(post('stock-movements', `${name}-after`, attributes, { product }));
}

function post(path: string, key: string, attributes: object, relationships?: object): Sent {
  const data = { type: path, attributes, ...(relationships && { relationships }) };
  return { service: 'inventory', method: 'POST', path, key, payload: { data } };
}

const toOne = (type: string, id: string) => ({ data: { type, id } });

const KINDS: readonly ((trader: Trader) => Promise<unknown>)[] = [
  ({ ask, key, dice, id }) =>
    ask(
      post(
        'stock-movements',
        key,
        { kind: 'receipt', quantity: 1 + dice(20) },
        { product: toOne('products', id) },
      ),
    ),
  ({ ask, key, id }) =>
    ask(
      post(
        'stock-movements',
        key,
        { kind: 'adjustment', quantity: -1, reason: 'Broken, “really”' },
        { product: toOne('products', id) },
      ),
    ),
  ({ ask, key, id }) =>
    ask({
      service: 'inventory',
      method: 'POST',
      path: 'stock-operations',
      key,
      payload: {
        'atomic:operations': [1, 2].map((quantity) => ({
          op: 'add',
          data: {
            type: 'stock-movements',
            attributes: { kind: 'receipt', quantity },
            relationships: { product: toOne('products', id) },
          },
        })),
      },
    }),
  ({ ask, id, dice }) =>
    ask({
      service: 'inventory',
      method: 'PATCH',
      path: `inventories/${id}`,
      payload: { data: { type: 'inventories', id, attributes: { lowStockThreshold: dice(9) } } },
    }),
  buyAndReturn,
  buyAndReturn,
  reserve,
  reserve,
];

async function buyAndReturn({ ask, key, dice, id, otherId }: Trader): Promise<void> {
  const productIds = [...new Set([id, otherId])];
  const lines = productIds.map((productId) => ({ productId, quantity: 1 + dice(4) }));
  const reference = dice(2) === 0 ? null : `order ${key}`;
  const { data } = await ask(post('purchases', key, { lines, reference }));
  if (data === undefined || dice(2) === 0) return;
  const of = { product: toOne('products', id), purchase: toOne('purchases', data.id) };
  await ask(post('stock-movements', `${key}-return`, { kind: 'return', quantity: 1 }, of));
}

async function reserve({ ask, key, dice, id }: Trader): Promise<void> {
  const lines = [{ productId: id, quantity: 1 + dice(3) }];
  const { data } = await ask(post('reservations', key, { lines, expiresInSeconds: 600 }));
  if (data === undefined) return;
  const one = { service: 'inventory', path: `reservations/${data.id}` } as const;
  const attributes = { status: 'confirmed' };
  const payload = { data: { type: 'reservations', id: data.id, attributes } };
  if (dice(3) === 0) await ask({ ...one, method: 'DELETE' });
  else if (dice(2) === 0) await ask({ ...one, method: 'PATCH', key: `${key}-confirm`, payload });
}
