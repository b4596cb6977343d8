import { feedDocument, feedQuery, feedSchema } from '@anaquel/events';
import { jsonApiResponse } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { readStockEvents } from '../application/stock-event.ts';
import type { Ports } from './ports.ts';

export function stockEventRoutes(app: FastifyInstance, { reader, linkBases }: Ports): void {
  app.get(
    '/stock-events',
    {
      config: { scope: 'purchases:read' },
      schema: {
        tags: ['Stock events'],
        summary: 'Replay what happened to the stock',
        description:
          'In order, without gaps, from any position. A page is counted in movements; a movement that completes a purchase gives two events.',
        querystring: feedQuery.schema,
        response: { 200: jsonApiResponse('A slice of the feed.', feedSchema('stock-events')) },
      },
    },
    async (request) => {
      const page = feedQuery.parse(request.query);
      return feedDocument({
        type: 'stock-events',
        address: `${linkBases(request).inventory}/api/v1/stock-events`,
        page,
        slice: await readStockEvents(reader, page.after, page.size),
      });
    },
  );
}
