import type { Clock } from '@anaquel/runtime';
import type { LedgerReader } from '../application/ledger.ts';
import type { Once } from '../application/once.ts';
import type { ProductCatalogue } from '../application/product-catalogue.ts';
import type { ReadStockEvents } from '../application/stock-event.ts';
import type { HoldLimits } from '../domain/hold-limits.ts';
import type { LinkBasesOf } from './link-bases.ts';
import type { Resources } from './resources.ts';

/** What the routes work with. */
export interface Ports {
  readonly once: Once;
  readonly reader: LedgerReader;
  readonly readEvents: ReadStockEvents;
  readonly catalogue: ProductCatalogue;
  readonly clock: Clock;
  readonly holdLimits: HoldLimits;
  /** Of the shop's days; a name of IANA. */
  readonly timeZone: string;
  readonly linkBases: LinkBasesOf;
  readonly resources: Resources;
}
