import { feedRoute } from '@anaquel/events';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Ports } from './ports.ts';

export function stockEventRoutes(app: FastifyInstance, { readEvents, linkBases }: Ports): void {
  feedRoute(app, {
    type: 'stock-events',
    config: { scope: 'purchases:read' },
    tags: ['Stock events'],
    summary: 'Replay what happened to the stock',
    description:
      'In order, without gaps, from any position. A page is counted in movements, of which one may give several events: also that the product is sold out or back in stock, what became of a reservation, and the purchase that it completes.',
    data: Type.Object({}),
    origin: (request) => linkBases(request).inventory,
    read: readEvents,
  });
}
