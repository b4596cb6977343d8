import {
  dataSchema,
  declareResource,
  jsonApiResponse,
  nullable,
  resourceDocument,
  resourceQuery,
  typeSchema,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { MAX_DISAGREEMENTS, type AuditReport } from '../domain/audit.ts';
import type { Ports } from './ports.ts';

const audits = declareResource({
  type: 'audits',
  attributes: Type.Object({
    clean: Type.Boolean({ description: 'Whether every unit is explained.' }),
    movements: Type.Integer(),
    levels: Type.Integer(),
    purchases: Type.Integer(),
    disagreementCount: Type.Integer(),
    disagreements: Type.Array(
      Type.Object({
        rule: Type.String(),
        productId: nullable(Type.String()),
        expected: Type.String(),
        actual: Type.String(),
      }),
      { maxItems: MAX_DISAGREEMENTS },
    ),
  }),
  id: ({ position }) => String(position),
  view({ position: _position, disagreements, ...counts }: AuditReport) {
    const listed = disagreements.map(({ productId, ...rest }) => {
      return { ...rest, productId: productId === null ? null : String(productId) };
    });
    return { ...counts, disagreements: listed };
  },
});

const reader = resourceQuery(audits);

export function auditRoutes(app: FastifyInstance, ports: Ports): void {
  const schema = {
    tags: ['Audit'],
    summary: 'Prove that the stock is the sum of its movements',
    description: 'Replays the whole ledger. The id is the position up to which it was checked.',
    querystring: reader.schema,
    response: { 200: jsonApiResponse('What was found.', dataSchema(typeSchema(audits))) },
  };
  app.get('/audit', { config: { scope: 'admin' }, schema }, async (request) => {
    const query = reader.parse(request.query, false);
    const origin = ports.linkBases(request).inventory;
    const one = { resource: audits, model: await ports.reader.audit() };
    return resourceDocument(one, query, { origin, self: origin + request.url }, request);
  });
}
