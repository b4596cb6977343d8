import {
  dataDocument,
  dataSchema,
  jsonApiResponse,
  noQuery,
  nullable,
  resourceSchema,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { MAX_DISAGREEMENTS } from '../domain/audit.ts';
import type { Ports } from './ports.ts';

const auditSchema = resourceSchema({
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
});

export function auditRoutes(app: FastifyInstance, ports: Ports): void {
  app.get(
    '/audit',
    {
      config: { scope: 'admin' },
      schema: {
        tags: ['Audit'],
        summary: 'Prove that the stock is the sum of its movements',
        description: 'Replays the whole ledger. The id is the position up to which it was checked.',
        response: { 200: jsonApiResponse('What was found.', dataSchema(auditSchema)) },
      },
    },
    async (request) => {
      noQuery.parse(request.query);
      const { position, disagreements, ...counts } = await ports.reader.audit();
      const self = `${ports.linkBases(request).inventory}/api/v1/audit`;
      const listed = disagreements.map(({ productId, ...rest }) => {
        return { ...rest, productId: productId === null ? null : String(productId) };
      });
      const attributes = { ...counts, disagreements: listed };
      return dataDocument(
        { type: 'audits', id: String(position), attributes },
        { links: { self } },
      );
    },
  );
}
