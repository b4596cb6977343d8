import { declareResource, nullable } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { LedgerReader } from '../../application/ledger.ts';
import { available, MAX_ON_HAND, type Level } from '../../domain/level.ts';
import { addressOf, type LinkBasesOf } from '../link-bases.ts';
import { MOVEMENTS_INCLUDED, relatedMovements, type Relationships } from '../relationships.ts';

export const onHand = Type.Integer({
  minimum: 0,
  maximum: MAX_ON_HAND,
  description: 'Units physically there.',
});
export const lowStockThreshold = nullable(
  Type.Integer({
    minimum: 0,
    maximum: MAX_ON_HAND,
    description: 'At or below it the stock counts as low; null turns that off.',
  }),
);

const attributes = Type.Object({
  onHand,
  reserved: Type.Integer({ description: 'Units promised to live reservations.' }),
  available: Type.Integer({ description: 'What can be sold: on hand, less reserved.' }),
  lowStockThreshold,
  version: Type.Integer({
    description: 'Grows with every change. In quotes it is the ETag, so a list tells it too.',
  }),
  updatedAt: Type.String({ format: 'date-time' }),
});

/** The stock of a product. */
export function inventoryResource({
  reader,
  linkBases,
  relationships: { productOf, movementsOf },
}: {
  readonly reader: LedgerReader;
  readonly linkBases: LinkBasesOf;
  readonly relationships: Relationships;
}) {
  return declareResource({
    type: 'inventories',
    attributes,
    id: ({ productId }) => String(productId),
    view: (level: Level) => ({
      onHand: level.onHand,
      reserved: level.reserved,
      available: available(level),
      lowStockThreshold: level.lowStockThreshold,
      version: level.version,
      updatedAt: level.updatedAt,
    }),
    self: ({ productId }, request) => addressOf(linkBases, 'inventories', productId, request),
    version: ({ version }) => version,
    relationships: {
      product: productOf(({ productId }: Level) => String(productId)),
      movements: movementsOf({
        filter: ({ productId }: Level) => ({ field: 'product', operator: 'eq', value: productId }),
        async load(levels) {
          const ids = levels.map(({ productId }) => productId);
          const latest = await reader.latestMovements(ids, MOVEMENTS_INCLUDED);
          return new Map(
            [...latest].map(([id, { items, total }]) => [
              String(id),
              relatedMovements(items, total),
            ]),
          );
        },
      }),
    },
  });
}
