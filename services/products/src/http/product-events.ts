import { feedDocument, feedQuery, feedSchema } from '@anaquel/events';
import { jsonApiResponse } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { readProductEvents } from '../application/product-event.ts';
import type { Ports } from './ports.ts';
import { errorResponses } from './problems.ts';

export function productEventRoutes(scope: FastifyInstance, { store, linkBases }: Ports): void {
  scope.get(
    '/product-events',
    {
      config: { scope: ['products:write', 'internal'] },
      schema: {
        tags: ['Product events'],
        summary: 'Replay the changes of products',
        description: 'In order, without gaps, from any position.',
        querystring: feedQuery.schema,
        response: {
          200: jsonApiResponse('A slice of the feed.', feedSchema('product-events')),
          ...errorResponses('invalid-parameter', 'key-required', 'scope-missing'),
        },
      },
    },
    async (request) => {
      const page = feedQuery.parse(request.query);
      return feedDocument({
        type: 'product-events',
        address: `${linkBases(request).products}/api/v1/product-events`,
        page,
        slice: await readProductEvents(store, page.after, page.size),
      });
    },
  );
}
