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
      'In order, without gaps, from any position. A page is counted in movements; a movement that completes a purchase gives two events.',
    data: Type.Object({}),
    origin: (request) => linkBases(request).inventory,
    read: readEvents,
  });
}
