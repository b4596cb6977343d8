import { join } from 'node:path';
import { readPostmanCollection } from './postman-collection.ts';
import type { AnsweredRequest, PrintedRequest } from './printed-request.ts';

const json = { 'Content-Type': 'application/json' };

function answering(
  requests: readonly PrintedRequest[],
  answers: readonly AnsweredRequest['answer'][],
): AnsweredRequest[] {
  if (requests.length !== answers.length) throw new Error('Each request has one answer');
  return requests.map((request, index) => ({
    ...request,
    answer: answers[index] ?? { status: 0 },
  }));
}

function healthAndDocs(products: string, inventory: string): AnsweredRequest[] {
  return [products, inventory].flatMap((origin) => [
    { method: 'GET', url: `${origin}/docs`, answer: { status: 200 } },
    { method: 'GET', url: `${origin}/health`, answer: { status: 200, text: '{"status":"ok"}' } },
  ]);
}

// ---------------------------------------------------------------- system 1

const products1 = 'http://localhost:8000';
const inventory1 = 'http://localhost:8001';
const productsKey1 = { 'x-api-key': 'prod-secret-key' };
const inventoryKey1 = { 'x-api-key': 'inv-secret-key' };
const laptop1 = { nombre: 'Laptop', precio: 1200.5 };
const collection1 = readPostmanCollection(
  join(import.meta.dirname, 'system-1.postman_collection.json'),
);

const system1: AnsweredRequest[] = [
  ...healthAndDocs(products1, inventory1),
  ...answering(collection1, [
    { status: 200, body: { data: { type: 'products', id: 1, attributes: laptop1 } } },
    { status: 200, body: { data: { type: 'inventories', id: 1, attributes: { cantidad: 10 } } } },
  ]),
  {
    method: 'GET',
    url: `${products1}/products?limit=&offset=`,
    answer: { status: 200, body: { data: [{ id: 1, attributes: laptop1 }] } },
  },
  {
    method: 'GET',
    url: `${products1}/products?limit=10&offset=0`,
    answer: { status: 200, body: { data: [{ id: 1, attributes: laptop1 }] } },
  },
  {
    method: 'GET',
    url: `${products1}/products/1`,
    answer: { status: 200, body: { data: { attributes: laptop1 } } },
  },
  {
    method: 'PATCH',
    url: `${products1}/products/1`,
    headers: json,
    body: '{"data":{"type":"products","attributes":{"precio":1100}}}',
    answer: { status: 200, body: { data: { attributes: { ...laptop1, precio: 1100 } } } },
  },
  {
    method: 'GET',
    url: `${products1}/internal/products/1`,
    headers: productsKey1,
    answer: { status: 200, body: { data: { attributes: { nombre: 'Laptop', precio: 1100 } } } },
  },
  {
    method: 'GET',
    url: `${inventory1}/inventory/1`,
    answer: { status: 200, body: { data: { attributes: { cantidad: 10 } } } },
  },
  {
    method: 'PATCH',
    url: `${inventory1}/inventory/1/purchase`,
    headers: { ...json, ...inventoryKey1 },
    body: '{"data":{"type":"inventories","attributes":{"cantidad":1}}}',
    answer: { status: 200, body: { data: { attributes: { cantidad: 9 } } } },
  },
  { method: 'DELETE', url: `${products1}/products/1`, answer: { status: 200 } },
  { method: 'GET', url: `${products1}/products/1`, answer: { status: 404 } },
];

// ---------------------------------------------------------------- systems 2 and 4

const products2 = 'http://localhost:8001';
const inventory2 = 'http://localhost:8002';
const laptop2 = { nombre: 'Laptop', precio: 999.99, descripcion: 'Thin and light' };

/** Plain JSON; `key` is the key that the client sends, if any. */
function plainStock(key: Readonly<Record<string, string>>): AnsweredRequest[] {
  return [
    {
      method: 'PUT',
      url: `${inventory2}/inventory/1`,
      headers: { ...json, ...key },
      body: '{"quantity":1000}',
      answer: { status: 200, body: { product_id: 1, quantity: 1000 } },
    },
    {
      method: 'GET',
      url: `${inventory2}/inventory/1`,
      headers: key,
      answer: { status: 200, body: { product_id: 1, quantity: 1000 } },
    },
    {
      method: 'POST',
      url: `${inventory2}/inventory/purchase`,
      headers: { ...json, ...key },
      body: '{"product_id":1,"quantity":1}',
      answer: { status: 200, body: { product_id: 1, quantity_purchased: 1, remaining_stock: 999 } },
    },
  ];
}

function plainProduct(key: Readonly<Record<string, string>>): AnsweredRequest[] {
  return [
    {
      method: 'POST',
      url: `${products2}/products/`,
      headers: { ...json, ...key },
      body: JSON.stringify(laptop2),
      answer: { status: 201, body: { id: 1, ...laptop2 } },
    },
    {
      method: 'GET',
      url: `${products2}/products/1`,
      headers: key,
      answer: { status: 200, body: { id: 1, ...laptop2 } },
    },
  ];
}

const system2: AnsweredRequest[] = [
  ...healthAndDocs(products2, inventory2),
  ...plainProduct({}),
  { method: 'GET', url: `${products2}/products/`, answer: { status: 200, body: [{ id: 1 }] } },
  ...plainStock({}),
];

/** The key is optional there, except to create products. */
const system4: AnsweredRequest[] = [
  { method: 'GET', url: `${inventory2}/docs`, answer: { status: 200 } },
  ...plainProduct({ 'X-API-KEY': 'supersecret' }),
  ...plainStock({}),
  ...plainStock({ 'X-API-KEY': 'supersecret' }),
];

// ---------------------------------------------------------------- system 3

const products3 = 'http://localhost:8001';
const inventory3 = 'http://localhost:8002';
const page3 = 'http://localhost:5173';
/** The headers that a browser adds to a page's request. */
const fromPage = {
  Accept: 'application/json, text/plain, */*',
  Origin: page3,
  'X-API-Key': 'super-secret-key',
};
const document3 = { ...fromPage, 'Content-Type': 'application/vnd.api+json' };
const mug3 = { name: 'Mug', description: 'Holds 350 ml', price: 14.5 };

function preflight(url: string, method: string): AnsweredRequest {
  return {
    method: 'OPTIONS',
    url,
    headers: {
      Origin: page3,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'content-type,x-api-key',
    },
    answer: { status: 204 },
  };
}

const system3: AnsweredRequest[] = [
  ...healthAndDocs(products3, inventory3),
  {
    method: 'POST',
    url: `${products3}/api/v1/products`,
    headers: document3,
    body: JSON.stringify({ data: { type: 'products', attributes: mug3 } }),
    answer: { status: 201, body: { data: { type: 'products', id: '1', attributes: mug3 } } },
  },
  {
    method: 'POST',
    url: `${inventory3}/api/v1/inventory`,
    headers: document3,
    body: '{"data":{"type":"inventories","attributes":{"product_id":1,"quantity":1000}}}',
    answer: { status: 201, body: { data: { attributes: { product_id: 1, quantity: 1000 } } } },
  },
  preflight(`${products3}/api/v1/products?page[number]=1&page[size]=10`, 'GET'),
  {
    method: 'GET',
    url: `${products3}/api/v1/products?page[number]=1&page[size]=10`,
    headers: fromPage,
    answer: { status: 200, body: { data: [{ id: '1', attributes: mug3 }], meta: { total: 1 } } },
  },
  {
    method: 'GET',
    url: `${products3}/api/v1/products/1`,
    headers: fromPage,
    answer: { status: 200, body: { data: { attributes: mug3 } } },
  },
  {
    method: 'GET',
    url: `${inventory3}/api/v1/inventory/1`,
    headers: fromPage,
    answer: { status: 200, body: { data: { attributes: { product_id: 1, quantity: 1000 } } } },
  },
  preflight(`${inventory3}/api/v1/inventory/1/purchase`, 'POST'),
  {
    method: 'POST',
    url: `${inventory3}/api/v1/inventory/1/purchase`,
    headers: document3,
    body: '{"data":{"type":"purchases","attributes":{"quantity":1}}}',
    answer: { status: 200, body: { data: { attributes: { quantity: 999 } } } },
  },
];

// ---------------------------------------------------------------- system 5

const products5 = 'http://localhost:8000';
const inventory5 = 'http://localhost:8001';
const key5 = { 'X-API-Key': 'secret' };

const system5: AnsweredRequest[] = [
  ...healthAndDocs(products5, inventory5),
  {
    method: 'POST',
    url: `${products5}/products`,
    headers: { ...json, ...key5 },
    body: '{"name":"Lamp","price":39.9}',
    answer: { status: 201, body: { data: { id: 1, attributes: { name: 'Lamp', price: 39.9 } } } },
  },
  {
    method: 'GET',
    url: `${products5}/products?page=1&size=10`,
    headers: key5,
    answer: { status: 200, body: { data: [{ id: 1 }], meta: { page: 1, size: 10, total: 1 } } },
  },
  {
    method: 'PUT',
    url: `${products5}/products/1`,
    headers: { ...json, ...key5 },
    body: '{"name":"Desk Lamp","price":45}',
    answer: { status: 200, body: { data: { attributes: { name: 'Desk Lamp', price: 45 } } } },
  },
  {
    method: 'GET',
    url: `${products5}/products/1`,
    headers: key5,
    answer: { status: 200, body: { data: { attributes: { name: 'Desk Lamp' } } } },
  },
  {
    method: 'POST',
    url: `${inventory5}/inventory/1?quantity=10`,
    headers: key5,
    answer: { status: 200, body: { data: { attributes: { quantity: 10 } } } },
  },
  {
    method: 'GET',
    url: `${inventory5}/inventory/1`,
    headers: key5,
    answer: { status: 200, body: { data: { attributes: { name: 'Desk Lamp', quantity: 10 } } } },
  },
  {
    method: 'DELETE',
    url: `${products5}/products/1`,
    headers: key5,
    answer: { status: 200 },
  },
];

/** By the number of the system in docs/classic-api.md. */
export const printedRequests: ReadonlyMap<number, readonly AnsweredRequest[]> = new Map([
  [1, system1],
  [2, system2],
  [3, system3],
  [4, system4],
  [5, system5],
]);
