import { collectionSchema, dataDocument, jsonApiResponse, listQuery, resourceSchema } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { readStockEvents } from '../application/stock-event.ts';
import { linkBases, type Ports } from './ports.ts';

const eventFeed = listQuery({ page: { style: 'after', defaultSize: 100, maxSize: 1_000 } });

const eventSchema = resourceSchema({
  type: 'stock-events',
  attributes: Type.Object({
    position: Type.Integer({ description: 'The position of the movement that it tells of.' }),
    event: Type.Object({}, { description: 'A CloudEvent 1.0.' }),
  }),
});

export function stockEventRoutes(app: FastifyInstance, ports: Ports): void {
  app.get(
    '/stock-events',
    {
      config: { scope: 'purchases:read' },
      schema: {
        tags: ['Stock events'],
        summary: 'Replay what happened',
        description:
          'In order, without gaps, from any position: ask again with the last position that you have seen. A page is counted in movements; a movement that completes a purchase gives two events.',
        querystring: eventFeed.schema,
        response: { 200: jsonApiResponse('A slice of the feed.', collectionSchema(eventSchema)) },
      },
    },
    async (request) => {
      const { page } = eventFeed.parse(request.query);
      const feed = `${linkBases(request, ports).inventory}/api/v1/stock-events`;
      const [{ events, position }, head] = await Promise.all([
        readStockEvents(ports.reader, page.after, page.size),
        ports.reader.head(),
      ]);
      const after = (start: number): string => `${feed}?page%5Bafter%5D=${start}&page%5Bsize%5D=${page.size}`;
      return dataDocument(
        events.map(({ position: at, event }) => ({
          type: 'stock-events',
          id: event.id,
          attributes: { position: at, event },
        })),
        {
          links: { self: after(page.after), next: position < head ? after(position) : null },
          meta: { page: { after: page.after, size: page.size, last: position, head } },
        },
      );
    },
  );
}
