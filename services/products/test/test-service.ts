import { MEDIA_TYPE } from '@anaquel/jsonapi';
import type { CloudEvent, EventText } from '@anaquel/events';
import { PATIENT } from '@anaquel/runtime/postgres-server';
import type { InjectOptions } from 'fastify';
import { readConfig } from '../src/config.ts';
import { createService } from '../src/service.ts';
import type { Overrides, ProductsService } from '../src/service.ts';
import { expectDocumented, expectJsonApi } from './json-api-rules.ts';
import type { ProductPlace } from './product-place.ts';

const ATOMIC = `${MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic"`;

export const MASTER_KEY = 'master-key-of-the-tests';

export interface TestService extends ProductsService {
  /** The published events, in order. */
  published: CloudEvent[];
  call(
    method: NonNullable<InjectOptions['method']>,
    url: string,
    options?: CallOptions,
  ): Promise<Answer>;
  /** Creates a product by the canonical API and answers its id. */
  create(attributes: object): Promise<string>;
  /** Creates so many with these attributes, by lists of operations. */
  createMany(count: number, attributes: object): Promise<void>;
}

interface CallOptions {
  /** A canonical resource, without the envelope. */
  data?: object;
  /** A body that is sent as it is, as application/json. */
  body?: unknown;
  /** Null for none. */
  key?: string | null;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  // Answers have many shapes here.
  body: ReturnType<typeof JSON.parse>;
}

/** The whole service on a real database, called without a network. */
export async function startTestService(
  place: Pick<ProductPlace, 'url' | 'folder'>,
  env: Record<string, string> = {},
  overrides: Overrides = {},
): Promise<TestService> {
  const published: CloudEvent[] = [];
  const publisher = {
    name: 'test',
    publish: async (events: readonly EventText[]) =>
      void published.push(...events.map(({ json }): CloudEvent => JSON.parse(json))),
  };
  const settings = {
    PRODUCTS_API_KEY: MASTER_KEY,
    DATABASE_URL: place.url,
    LOG_LEVEL: 'silent',
    PORT: '0',
    ...env,
  };
  const service = await createService(readConfig(settings, place.folder), {
    publisher,
    postgres: { limits: PATIENT },
    ...overrides,
  });

  const call: TestService['call'] = async (
    method,
    url,
    { data, body, key = MASTER_KEY, headers } = {},
  ) => {
    const payload = data === undefined ? body : { data };
    const answer = await service.app.inject({
      method,
      url,
      headers: {
        ...(key !== null && { 'x-api-key': key }),
        ...(payload !== undefined && {
          'content-type': data === undefined ? 'application/json' : MEDIA_TYPE,
        }),
        ...headers,
      },
      ...(payload !== undefined && { payload: JSON.stringify(payload) }),
    });
    const { statusCode: status, headers: answered, body: text } = answer;
    // A picture is answered as it is.
    if (url.startsWith('/api/v1/') && !String(answered['content-type']).startsWith('image/'))
      expectJsonApi({ status, headers: answered, text }, { method, url, body: payload });
    await expectDocumented(service.app, { status, headers: answered, text }, { method, url });
    const isJson = /json/.test(String(answered['content-type']));
    return {
      status,
      headers: answered,
      text,
      body: isJson && text ? JSON.parse(text) : undefined,
    };
  };
  return {
    ...service,
    published,
    call,
    async create(attributes) {
      const answer = await call('POST', '/api/v1/products', {
        data: { type: 'products', attributes },
      });
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.body.data.id;
    },
    async createMany(count, attributes) {
      const operation = { op: 'add', data: { type: 'products', attributes } };
      for (let left = count; left > 0; left -= 1_000) {
        const operations = Array.from({ length: Math.min(left, 1_000) }, () => operation);
        const { status, text } = await call('POST', '/api/v1/product-operations', {
          body: { 'atomic:operations': operations },
          headers: { 'content-type': ATOMIC, accept: ATOMIC },
        });
        if (status !== 200) throw new Error(text);
      }
    },
  };
}
