import type { Clock } from '@anaquel/runtime';
import type { FastifyRequest } from 'fastify';
import type { ProductStore } from '../application/product-store.ts';
import type { LinkBases } from './resources.ts';

/** What the routes work with. */
export interface Ports {
  readonly store: ProductStore;
  readonly clock: Clock;
  /** Of products that name none. */
  readonly defaultCurrency: string;
  /** Made once with the database, so that a file of another shop's products is known by it. */
  readonly shopId: string;
  readonly linkBases: (request: FastifyRequest) => LinkBases;
}
