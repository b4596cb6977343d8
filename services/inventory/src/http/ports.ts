import { publicOrigin } from '@anaquel/runtime';
import type { FastifyRequest } from 'fastify';
import type { LedgerReader } from '../application/ledger.ts';
import type { ProductCatalogue } from '../application/product-catalogue.ts';
import type { LedgerAccess } from '../application/submit-command.ts';
import type { LinkBases } from './resources.ts';

/** What the routes work with. */
export interface Ports extends LedgerAccess {
  readonly reader: LedgerReader;
  readonly catalogue: ProductCatalogue;
  /** Public addresses of both services. */
  readonly publicUrls: LinkBases;
}

export function linkBases(request: FastifyRequest, { publicUrls }: Ports): LinkBases {
  const inventory = publicOrigin(request, publicUrls.inventory);
  // Behind a proxy that serves both, one origin serves both.
  return inventory === publicUrls.inventory ? publicUrls : { inventory, products: inventory };
}
