import { randomUUID } from 'node:crypto';
import {
  serviceNames,
  services,
  type ProcessName,
  type ServiceName,
} from '../../services/manifest.ts';
import type { ShopClient } from './shop-client.ts';

interface BannerFacts {
  /** Where a browser is to go. */
  shopUrl: string;
  urls: Record<ProcessName, string>;
  /** The other addresses of services that have several. */
  otherUrls: Record<ServiceName, readonly string[]>;
  /** Shell expressions that print the keys; never the keys themselves. */
  keys: Record<ServiceName, string>;
  /** Where the keys are, for people. */
  keysAre: readonly string[];
  /** The operator's password, or where it is. */
  passwordIs: string;
  /** Where the data is. */
  dataIs: readonly string[];
}

/** What a person needs to go on, with one command to copy that works in the shop as it is now. */
export async function welcome(shop: ShopClient, facts: BannerFacts): Promise<string> {
  const { shopUrl, urls, otherUrls, keysAre, passwordIs, dataIs } = facts;
  const example = await findExample(shop);
  return [
    '',
    'Anaquel is ready.',
    '',
    `  Shop        ${shopUrl}   (all APIs: ${urls.gateway}/docs)`,
    `  Operator    signs in with ${passwordIs}`,
    ...serviceNames.flatMap((name) =>
      listed(services[name].title, [
        `${urls[name]}   (try it: ${urls[name]}/docs)`,
        ...otherUrls[name],
      ]),
    ),
    ...listed('Keys', keysAre),
    ...listed('Data', dataIs),
    '',
    ...(example ? purchase(facts, example) : creation(facts)),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

function listed(title: string, places: readonly string[]): string[] {
  return places.map((place, index) => `  ${(index === 0 ? title : '').padEnd(12)}${place}`);
}

function purchase({ urls, keys }: BannerFacts, { id, name }: ExampleProduct): string[] {
  const attributes = { lines: [{ productId: id, quantity: 1 }] };
  const headers = [`x-api-key: ${keys.inventory}`, `Idempotency-Key: ${randomUUID()}`];
  const url = `${urls.inventory}/api/v1/purchases`;
  return [`Buy one "${name}":`, '', ...curl(url, headers, { type: 'purchases', attributes })];
}

function creation({ urls, keys }: BannerFacts): string[] {
  const attributes = { name: 'My first product', price: 9.95 };
  const url = `${urls.products}/api/v1/products`;
  const headers = [`x-api-key: ${keys.products}`];
  return [
    'Nothing is for sale yet. Create a product:',
    '',
    ...curl(url, headers, { type: 'products', attributes }),
  ];
}

/** The headers go in double quotes, so that the shell puts in the key. */
function curl(url: string, headers: readonly string[], data: object): string[] {
  return [
    `  curl ${url} \\`,
    ...headers.map((header) => `    -H "${header}" \\`),
    '    -H "Content-Type: application/vnd.api+json" \\',
    `    -d '${JSON.stringify({ data })}'`,
  ];
}

interface ExampleProduct {
  id: string;
  name: string;
}

/** A product of the first page that is active and in stock, or nothing. */
async function findExample(shop: ShopClient): Promise<ExampleProduct | null> {
  const levels = await shop.list('inventory', '/api/v1/inventories?page[size]=100');
  const inStock = new Set(
    levels.filter(({ attributes }) => Number(attributes['available']) > 0).map(({ id }) => id),
  );
  const products = await shop.list(
    'products',
    '/api/v1/products?filter[status]=active&page[size]=100',
  );
  const product = products.find(({ id }) => inStock.has(id));
  return product ? { id: product.id, name: String(product.attributes['name']) } : null;
}
