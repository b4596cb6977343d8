import type { Clock } from '@anaquel/runtime';
import type { FastifyRequest } from 'fastify';
import type { LedgerReader } from '../application/ledger.ts';
import type { ProductCatalogue } from '../application/product-catalogue.ts';
import type { SubmitCommand } from '../application/submit-command.ts';
import type { HoldLimits } from '../domain/hold-limits.ts';
import type { LinkBases, Resources } from './resources.ts';

/** What the routes work with. */
export interface Ports {
  readonly submitCommand: SubmitCommand;
  readonly reader: LedgerReader;
  readonly catalogue: ProductCatalogue;
  readonly clock: Clock;
  readonly holdLimits: HoldLimits;
  readonly linkBases: (request: FastifyRequest) => LinkBases;
  readonly resources: Resources;
}
