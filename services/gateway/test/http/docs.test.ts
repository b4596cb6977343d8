import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { codeOf, startGateway, type TestGateway } from '../support/test-gateway.ts';

function describeService(service: TestGateway['products'], paths: object, tags: string[]): void {
  const document = {
    openapi: '3.1.0',
    info: { title: 'A service', version: '1.0.0' },
    tags: tags.map((name) => ({ name })),
    paths,
    components: {},
  };
  service.behave((_request, response) => void response.end(JSON.stringify(document)));
}

const get = (tag: string) => ({
  get: { tags: [tag], responses: { 200: { description: 'Yes.' } } },
});

async function serve(): Promise<TestGateway> {
  const gateway = await startGateway();
  const { products, inventory } = gateway;
  describeService(
    products,
    {
      '/api/v1/products': get('Products'),
      '/products': get('Classic'),
      '/internal/products': get('Internal'),
    },
    ['Products', 'Classic', 'Internal'],
  );
  describeService(inventory, { '/api/v1/purchases': get('Purchases'), '/health': get('Health') }, [
    'Purchases',
  ]);
  return gateway;
}

test('each service is described as far as the gateway forwards it, and both in one document', async () => {
  const { send } = await serve();
  const read = async (path: string) => {
    const answer = await send(path);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    return (await answer.json()) as { paths: object; tags: { name: string }[] };
  };
  const products = await read('/openapi/products.json');
  expect(Object.keys(products.paths)).toEqual(['/api/v1/products']);
  expect(products.tags).toEqual([{ name: 'Products' }]);
  const both = await read('/openapi.json');
  expect(Object.keys(both.paths)).toEqual(['/api/v1/products', '/api/v1/purchases']);
  expect(both.tags).toEqual([{ name: 'Products' }, { name: 'Purchases' }]);
});

test('the page offers all documents, and loads nothing from elsewhere', async () => {
  const { send } = await serve();
  const page = await send('/docs');
  expect(await page.text()).not.toMatch(/(src|href)="?(https?:)?\/\//);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  const initializer = await (await send('/docs/static/swagger-initializer.js')).text();
  const urls = [...initializer.matchAll(/"url":\s*"([^"]+)"/g)].map(([, url]) => url ?? '');
  expect(urls).toEqual(['/openapi/products.json', '/openapi/inventory.json', '/docs/json']);
  for (const url of urls) expect((await send(url)).status).toBe(200);
});

test("the gateway's own document is valid and has its own addresses", async () => {
  const { send } = await serve();
  const document = (await (await send('/docs/json')).json()) as { paths: object };
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(Object.keys(document.paths)).toEqual([
    '/session',
    '/health',
    '/health/live',
    '/health/ready',
  ]);
});

test('a service that is down is missing only in its own document', async () => {
  const { send, inventory } = await serve();
  await inventory.stop();
  expect((await send('/openapi/products.json')).status).toBe(200);
  for (const path of ['/openapi/inventory.json', '/openapi.json'])
    expect(await codeOf(await send(path))).toBe('service-unavailable');
});

test.each([
  ['an error', 429, '{"errors":[]}'],
  ['no JSON', 200, '<html>'],
])('a service that answers %s has no document', async (_, status, text) => {
  const { send, products, inventory } = await serve();
  inventory.behave((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });
  expect(products.received).toEqual([]);
  for (const path of ['/openapi/inventory.json', '/openapi.json'])
    expect(await codeOf(await send(path))).toBe('service-unavailable');
});
