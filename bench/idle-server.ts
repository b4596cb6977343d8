import { declareResource, jsonApiRoutes, nullable, resourceRoutes } from '@anaquel/jsonapi';
import { createKeyring, createServer } from '@anaquel/runtime';
import { Type } from 'typebox';
import { realm } from '../services/manifest.ts';
import { API_KEY } from './shop.ts';

// The server of the project with a route of a resource behind which nothing is: what a request
// costs before and after all that a service does.

const note = 'about as long as all that an answer says of a purchase with one line. '.repeat(5);
const ORIGIN = 'http://127.0.0.1';
const line = Type.Object(
  {
    productId: Type.String({ minLength: 1, maxLength: 40 }),
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  },
  { additionalProperties: false },
);
const purchases = declareResource({
  type: 'purchases',
  attributes: Type.Object({ reference: nullable(Type.String()), note: Type.String() }),
  id: ({ id }) => id,
  view: ({ reference }: { id: string; reference: string | null }) => ({ reference, note }),
  self: ({ id }) => `${ORIGIN}/api/v1/purchases/${id}`,
});

const app = await createServer({
  name: 'idle',
  title: 'Idle',
  version: '1',
  description: 'Does nothing.',
  logLevel: 'info',
  corsOrigins: [],
  trustProxy: false,
  keyring: createKeyring({
    master: { name: 'bench', key: API_KEY },
    scopes: ['purchases:write'],
    anonymousScopes: [],
  }),
  realm,
  clock: () => new Date(),
  readiness: { database: () => Promise.resolve('ok') },
  tags: [],
});

const operation = { config: { scope: 'purchases:write' }, summary: 'Do nothing' } as const;
const purchase = { id: 'f81d4fae-7dec-7d0a-a765-00a0c91e6bf6', reference: null };
await app.register(
  jsonApiRoutes((instance) => {
    resourceRoutes(instance, purchases, {
      path: '/purchases',
      tags: [],
      origin: () => ORIGIN,
      create: {
        ...operation,
        body: {
          attributes: Type.Object({ lines: Type.Array(line, { minItems: 1, maxItems: 100 }) }),
        },
        run: () => Promise.resolve(purchase),
      },
      read: { ...operation, run: () => Promise.resolve(purchase) },
    });
  }),
  { prefix: '/api/v1' },
);

const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
process.once('SIGTERM', () => process.exit());
process.send?.({ address });
