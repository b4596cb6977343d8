import { feedRoute } from '@anaquel/events';
import type { FastifyInstance } from 'fastify';
import type { Ports } from './ports.ts';
import { errorResponses } from './problems.ts';

export function productEventRoutes(app: FastifyInstance, { readEvents, linkBases }: Ports): void {
  feedRoute(app, {
    type: 'product-events',
    config: { scope: ['products:write', 'internal'] },
    tags: ['Product events'],
    summary: 'Replay the changes of products',
    description: 'In order, without gaps, from any position.',
    refusals: errorResponses('invalid-parameter', 'key-required', 'scope-missing'),
    origin: (request) => linkBases(request).products,
    read: readEvents,
  });
}
