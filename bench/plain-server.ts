import { createHash } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';

// Plain Fastify as an expert writes it by hand. It shares no code with the project, so it stays as
// it is while the project changes.

export const MEDIA_TYPE = 'application/vnd.api+json';

/** A body of a purchase, as Inventory takes it. */
export const newPurchase = {
  type: 'object',
  additionalProperties: false,
  required: ['data'],
  properties: {
    data: {
      type: 'object',
      additionalProperties: false,
      required: ['type', 'attributes'],
      properties: {
        type: { const: 'purchases' },
        attributes: {
          type: 'object',
          additionalProperties: false,
          required: ['lines'],
          properties: {
            lines: {
              type: 'array',
              minItems: 1,
              maxItems: 100,
              items: {
                type: 'object',
                additionalProperties: false,
                required: ['productId', 'quantity'],
                properties: {
                  productId: { type: 'string', minLength: 1, maxLength: 40 },
                  quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 },
                  expectedPrice: { type: ['number', 'null'], minimum: 0 },
                  expectedCurrency: { type: ['string', 'null'], pattern: '^[A-Z]{3}$' },
                },
              },
            },
            reference: { type: ['string', 'null'], minLength: 1, maxLength: 200 },
          },
        },
      },
    },
  },
};

const digestOf = (key: string): string => createHash('sha256').update(key).digest('base64');

/** A server that knows one key and reads JSON:API. It logs nothing. */
export function createPlainServer(apiKey: string): FastifyInstance {
  const callers = new Map([[digestOf(apiKey), 'bench']]);
  const app = Fastify({ logger: false });
  app.addContentTypeParser(
    MEDIA_TYPE,
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  );
  app.addHook('onRequest', (request, reply, done) => {
    const key = request.headers['x-api-key'];
    if (typeof key === 'string' && callers.has(digestOf(key))) return done();
    reply
      .code(401)
      .type(MEDIA_TYPE)
      .send({ errors: [{ status: '401', code: 'unauthorized' }] });
  });
  return app;
}

/** Listens where the environment says, and tells the parent process the address. */
export async function listen(app: FastifyInstance): Promise<void> {
  const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
  process.once('SIGTERM', () => process.exit());
  process.send?.({ address });
}
