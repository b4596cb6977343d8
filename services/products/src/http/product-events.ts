import { feedRoute } from '@anaquel/events';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Ports } from './ports.ts';
import { errorResponses } from './problems.ts';

/** Its other members are what the product was made of when it changed. */
const data = Type.Object({
  id: Type.String(),
  version: Type.Integer({ description: 'Of the product after the change.' }),
});

export function productEventRoutes(app: FastifyInstance, { readEvents, linkBases }: Ports): void {
  feedRoute(app, {
    type: 'product-events',
    config: { scope: ['products:write', 'internal'] },
    tags: ['Product events'],
    summary: 'Replay the changes of products',
    description:
      'In order, without gaps, from any position. A page is counted in changes; one of the price gives two events.',
    data,
    refusals: errorResponses('invalid-parameter', 'key-required', 'scope-missing'),
    origin: (request) => linkBases(request).products,
    read: readEvents,
  });
}
