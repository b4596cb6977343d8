import { declareResource, nullable } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { LedgerReader } from '../../application/ledger.ts';
import { majorUnits } from '@anaquel/money';
import type { Purchase, SeenPurchase } from '../../domain/purchase.ts';
import { pricedLine, pricedLineSchema } from '../lines.ts';
import { addressOf, type LinkBasesOf } from '../link-bases.ts';
import { MOVEMENTS_INCLUDED, relatedMovements, type Relationships } from '../relationships.ts';

const attributes = Type.Object({
  number: Type.Integer({
    minimum: 1,
    description: 'Its number among all purchases, without gaps, in the order of the log.',
  }),
  reference: nullable(Type.String()),
  lines: Type.Array(
    Type.Object({
      ...pricedLineSchema.properties,
      available: Type.Integer({
        description: 'What could still be bought after the whole purchase.',
      }),
      returned: Type.Integer({
        description: 'Units that have come back since; 0 in the answer to the purchase itself.',
      }),
    }),
  ),
  total: Type.Number(),
  currency: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
});

/** Of one that was just made nothing has come back. */
type Shown = Purchase & Partial<Pick<SeenPurchase, 'returned'>>;

export function purchaseResource({
  reader,
  linkBases,
  relationships: { productsOf, movementsOf },
}: {
  readonly reader: LedgerReader;
  readonly linkBases: LinkBasesOf;
  readonly relationships: Relationships;
}) {
  return declareResource({
    type: 'purchases',
    attributes,
    id: ({ id }) => id,
    view({ number, reference, currency, currencyDecimals, total, lines, at, returned }: Shown) {
      return {
        number,
        reference,
        lines: lines.map((line, place) => ({
          ...pricedLine(line, currencyDecimals),
          available: line.availableAfter,
          returned: returned?.[place] ?? 0,
        })),
        total: majorUnits(total, currencyDecimals),
        currency,
        createdAt: at,
      };
    },
    self: ({ id }, request) => addressOf(linkBases, 'purchases', id, request),
    relationships: {
      products: productsOf(({ lines }: Shown) => lines),
      movements: movementsOf({
        filter: ({ id }: Shown) => ({ field: 'purchase', operator: 'eq', value: id }),
        async load(purchases) {
          const ids = purchases.map(({ id }) => id);
          const latest = await reader.purchaseMovements(ids, MOVEMENTS_INCLUDED);
          return new Map(
            [...latest].map(([id, { items, total }]) => [id, relatedMovements(items, total)]),
          );
        },
      }),
    },
  });
}
