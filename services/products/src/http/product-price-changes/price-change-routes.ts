import {
  comparedBy,
  declareList,
  ids,
  listedResourceRoute,
  timestamp,
  type KindsFor,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { priceChangeSorts, type PriceChangeFilters } from '../../application/price-changes.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { priceChangeResource } from './price-change-resource.ts';

const MAX_IDS = 100;

const priceChangeList = declareList({
  filters: {
    product: comparedBy(ids(MAX_IDS), 'eq', 'in'),
    createdAt: timestamp(),
  } satisfies KindsFor<PriceChangeFilters>,
  sorts: priceChangeSorts,
  defaultSort: [{ field: 'position', descending: true }],
});

/** What products cost before, below `/api/v1`. */
export function priceChangeRoutes(app: FastifyInstance, ports: Ports): void {
  listedResourceRoute(app, priceChangeResource(ports.linkBases), {
    path: '/product-price-changes',
    tags: ['Products'],
    origin: (request) => ports.linkBases(request).products,
    list: {
      config: { scope: 'products:write' },
      summary: 'List the prices that products got',
      description:
        'The latest first: the price with which a product was created, and each other one, of deleted products too. `filter[product]` gives the history of one.',
      refusals: errorResponses('invalid-parameter', 'key-required', 'scope-missing'),
      declaration: priceChangeList,
      run: ({ filters, sort, page }) => ports.priceChanges.list({ filters, sort, page }),
    },
  });
}
