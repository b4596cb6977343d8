import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { startTestService } from './test-service.ts';
import type { TestService } from './test-service.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Parameter {
  name: string;
  in: string;
  example?: string;
}
interface Operation {
  summary?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, unknown>;
  security?: object[];
}

let place: ProductPlace;
let service: TestService;

beforeEach(async () => {
  place = await createProductPlace();
  service = await startTestService(place, {
    WEBHOOKS_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    // The endpoint of the examples is not looked up then.
    WEBHOOKS_ALLOW_PRIVATE: 'true',
  });
  for (let index = 1; index <= 24; index += 1)
    await service.create({
      name: `Product ${index}`,
      price: index,
      sku: `SKU-${index}`,
      tags: ['kitchen'],
    });
  webhookIds = await makeWebhooks();
  await sendExamplePicture();
});
afterEach(async () => {
  await service.close();
  await place.remove();
});

/** Its id follows from its content, and stands in the examples of the other addresses. */
async function sendExamplePicture(): Promise<void> {
  const sent = (await operations()).filter(({ path }) => path === '/api/v1/product-pictures');
  for (const { method, url, contentType = '', example } of sent) {
    const headers = { 'content-type': contentType };
    expect((await service.call(method, url, { body: example, headers })).status).toBe(201);
  }
}

/** A webhook to read and change, one to delete, and a delivery: ids that can't be guessed. */
let webhookIds: { readonly kept: string; readonly spare: string; readonly delivery: string };

async function makeWebhooks() {
  const made = async (type: string, data: object): Promise<string> => {
    const answer = await service.call('POST', `/api/v1/${type}`, { data: { type, ...data } });
    expect(answer.status).toBe(201);
    return answer.body.data.id;
  };
  const attributes = { url: 'http://127.0.0.9:9/', status: 'paused' };
  const kept = await made('product-webhooks', { attributes });
  const delivery = await made('product-webhook-deliveries', {
    attributes: { cause: 'test' },
    relationships: { webhook: { data: { type: 'product-webhooks', id: kept } } },
  });
  return { kept, spare: await made('product-webhooks', { attributes }), delivery };
}

function webhookIdFor(path: string): string {
  return path.includes('-deliveries/') ? webhookIds.delivery : webhookIds.kept;
}

function withKnownWebhook(example: unknown): unknown {
  if (example === undefined) return undefined;
  const unknown = '0193a7c4-0000-7000-8000-000000000000';
  return JSON.parse(JSON.stringify(example).replaceAll(unknown, webhookIds.kept));
}

/** Every operation of the document, with its examples filled in. */
async function operations() {
  const { body } = await service.call('GET', '/openapi.json', { key: null });
  const list = Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method: method.toUpperCase() as Method,
      operation,
    })),
  );
  return list.map(({ path, method, operation }) => {
    const parameters = operation.parameters ?? [];
    const url = path.replace(
      /\{(\w+)\}/g,
      (_, name) =>
        parameters.find((parameter) => parameter.name === name)?.example ??
        (method === 'DELETE' ? webhookIds.spare : webhookIdFor(path)),
    );
    const query = parameters
      .filter((parameter) => parameter.in === 'query' && parameter.example !== undefined)
      .map((parameter) => `${parameter.name}=${parameter.example ?? ''}`);
    const [contentType, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    return {
      path,
      method,
      operation,
      url: query.length > 0 ? `${url}?${query.join('&')}` : url,
      contentType,
      example: withKnownWebhook(content?.example),
    };
  });
}

test('every operation has a summary, a tag and answers', async () => {
  for (const { path, method, operation } of await operations()) {
    expect([method, path, operation.summary]).not.toContain(undefined);
    expect(operation.tags).toHaveLength(1);
    expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
  }
});

test('every example can be sent as it is with the demo catalogue, twice where it may be repeated', async () => {
  const all = (await operations()).filter(({ path }) => !path.startsWith('/health'));
  for (const { method, url, contentType, example } of all) {
    const send = () =>
      service.call(method, url, {
        body: example,
        headers: contentType === undefined ? {} : { 'content-type': contentType },
      });
    const answer = await send();
    expect([method, url, answer.status, answer.text]).toEqual([
      method,
      url,
      expect.toSatisfy((status: number) => status >= 200 && status < 300),
      answer.text,
    ]);
    const repeated = method === 'DELETE' ? answer : await send();
    expect(repeated.status).toBe(answer.status);
  }
  expect(all.map(({ method, path }) => `${method} ${path}`)).toEqual(
    expect.arrayContaining([
      'POST /api/v1/products',
      'PATCH /products/{id}',
      'GET /internal/products',
    ]),
  );
});

test('no route does more for a caller without a key than ANONYMOUS_SCOPES allows, and a wrong key is refused everywhere', async () => {
  const allowed: string[] = [];
  for (const { method, path, url, contentType, example } of await operations()) {
    const headers: Record<string, string> =
      contentType === undefined ? {} : { 'content-type': contentType };
    const anonymous = await service.call(method, url, { body: example, headers, key: null });
    if (anonymous.status < 400) allowed.push(`${method} ${path}`);
    const { status, body } = anonymous;
    expect([200, 401]).toContain(status);
    expect(body?.errors?.[0].code).toBe(status === 200 ? undefined : 'key-required');
    const wrong = await service.call(method, url, { body: example, headers, key: 'wrong' });
    expect([path, wrong.status]).toEqual([path, path.startsWith('/health') ? 200 : 401]);
  }
  expect(allowed.sort()).toEqual([
    'GET /api/v1/product-pictures/{id}',
    'GET /api/v1/product-pictures/{id}/content',
    'GET /api/v1/product-tags',
    'GET /api/v1/product-tags/{id}',
    'GET /api/v1/products',
    'GET /api/v1/products/{id}',
    'GET /health',
    'GET /health/live',
    'GET /health/ready',
    'GET /products',
    'GET /products/',
    'GET /products/{id}',
  ]);
});
