import { createBody, dataDocument, jsonApiRoutes } from '@anaquel/jsonapi';
import { createKeyring, createServer, runService } from '@anaquel/runtime';
import { purchaseAttributes } from './purchase-schema.ts';
import { API_KEY } from './shop.ts';

// The ceiling: the same framework, keys, media types and body schema as a purchase, and nothing
// behind them.

const newPurchase = createBody({ type: 'purchases', attributes: purchaseAttributes });

const self = 'http://127.0.0.1/api/v1/purchases/01a2034e-0791-7390-9d28-47f17f3ad575';
const answer = {
  type: 'purchases',
  id: '01a2034e-0791-7390-9d28-47f17f3ad575',
  attributes: {
    reference: null,
    lines: [
      {
        productId: '1',
        quantity: 1,
        name: 'Product 1',
        sku: 'SKU-1',
        unitPrice: 1.5,
        available: 48,
      },
    ],
    total: 1.5,
    currency: 'USD',
    createdAt: '2026-01-01T00:00:00.000Z',
  },
  links: { self },
};

runService({
  name: 'no-op',
  async start() {
    const app = await createServer({
      name: 'no-op',
      title: 'No-op',
      version: '0.0.0',
      description: 'Does nothing.',
      logLevel: 'silent',
      corsOrigins: [],
      trustProxy: false,
      tags: [],
      keyring: createKeyring({
        master: { name: 'bench', key: API_KEY },
        scopes: ['purchases:write'],
        anonymousScopes: [],
      }),
      realm: 'bench',
      readiness: async () => ({ status: 'ok', checks: {} }),
    });
    await app.register(
      jsonApiRoutes((scope) => {
        scope.get('/no-op', { config: { scope: 'inventory:read' } }, async () =>
          dataDocument(answer, { links: { self } }),
        );
        scope.post(
          '/no-op',
          { config: { scope: 'purchases:write' }, schema: { body: newPurchase } },
          async (_request, reply) =>
            reply
              .code(201)
              .header('location', self)
              .send(dataDocument(answer, { links: { self } })),
        );
      }),
      { prefix: '/api/v1' },
    );
    const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
    return { address, close: () => app.close() };
  },
});
