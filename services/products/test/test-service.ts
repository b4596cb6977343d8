import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MEDIA_TYPE } from '@anaquel/jsonapi';
import type { CloudEvent } from '@anaquel/events';
import { createMigrations } from '@anaquel/runtime/migrations';
import { openSqlite } from '@anaquel/runtime/sql';
import type { InjectOptions } from 'fastify';
import { readConfig } from '../src/config.ts';
import { sqliteMigrations } from '../src/adapters/sqlite/store.ts';
import { createService } from '../src/service.ts';
import type { Overrides, ProductsService } from '../src/service.ts';
import { expectDocumented, expectJsonApi } from './json-api-rules.ts';

export const MASTER_KEY = 'master-key-of-the-tests';

/** A folder of its own for one test; `remove` it afterwards. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'anaquel-products-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function migrate(path: string): Promise<void> {
  const database = openSqlite(path);
  await createMigrations({ database, folder: sqliteMigrations, service: 'products' }).up();
  database.close();
}

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

/**
 * The whole service, called without a network: with a real database in `folder`, unless the
 * environment names another one.
 */
export async function startTestService(
  folder: string,
  env: Record<string, string> = {},
  overrides: Overrides = {},
): Promise<TestService> {
  const database = join(folder, 'products.db');
  if (env['DATABASE_URL'] === undefined) await migrate(database);
  const published: CloudEvent[] = [];
  const publisher = {
    name: 'test',
    publish: async (events: readonly CloudEvent[]) => void published.push(...events),
  };
  const settings = {
    PRODUCTS_API_KEY: MASTER_KEY,
    DATABASE_URL: `file:${database}`,
    LOG_LEVEL: 'silent',
    PORT: '0',
    ...env,
  };
  const service = await createService(readConfig(settings, folder), { publisher, ...overrides });

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
    if (url.startsWith('/api/v1/'))
      expectJsonApi({ status, headers: answered, text }, { method, url, body: payload });
    expectDocumented(service.app, { status, headers: answered, text }, { method, url });
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
  };
}
