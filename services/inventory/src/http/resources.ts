import type { LedgerReader } from '../application/ledger.ts';
import type { ProductCatalogue } from '../application/product-catalogue.ts';
import { inventoryResource } from './inventories/inventory-resource.ts';
import { levelSummaryResource } from './level-summaries/level-summary-resource.ts';
import type { LinkBasesOf } from './link-bases.ts';
import { movementResource } from './movements/movement-resource.ts';
import { productResource } from './products/product-resource.ts';
import { purchaseResource } from './purchases/purchase-resource.ts';
import { createRelationships } from './relationships.ts';
import { reservationResource } from './reservations/reservation-resource.ts';
import { salesSummaryResource } from './sales-summaries/sales-summary-resource.ts';

export interface Resources {
  readonly inventories: ReturnType<typeof inventoryResource>;
  readonly movements: ReturnType<typeof movementResource>;
  readonly purchases: ReturnType<typeof purchaseResource>;
  readonly reservations: ReturnType<typeof reservationResource>;
  readonly levelSummaries: ReturnType<typeof levelSummaryResource>;
  readonly salesSummaries: ReturnType<typeof salesSummaryResource>;
  /** As Products shows them. */
  readonly products: ReturnType<typeof productResource>;
}

/** All that this service answers, and how it is related. */
export function createResources(ports: {
  readonly reader: LedgerReader;
  readonly catalogue: ProductCatalogue;
  readonly linkBases: LinkBasesOf;
}): Resources {
  const relationships = createRelationships(ports, () => resources);
  const context = { ...ports, relationships };
  const resources: Resources = {
    inventories: inventoryResource(context),
    movements: movementResource(context),
    purchases: purchaseResource(context),
    reservations: reservationResource(context),
    salesSummaries: salesSummaryResource(),
    levelSummaries: levelSummaryResource(),
    products: productResource(context),
  };
  return resources;
}
