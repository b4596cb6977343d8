import { declareResource, nullable } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { LedgerReader } from '../../application/ledger.ts';
import { majorUnits } from '@anaquel/money';
import type { Purchase } from '../../domain/purchase.ts';
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
    }),
  ),
  total: Type.Number(),
  currency: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
});

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
    view({ number, reference, currency, currencyDecimals, total, lines, at }: Purchase) {
      return {
        number,
        reference,
        lines: lines.map((line) => ({
          ...pricedLine(line, currencyDecimals),
          available: line.availableAfter,
        })),
        total: majorUnits(total, currencyDecimals),
        currency,
        createdAt: at,
      };
    },
    self: ({ id }, request) => addressOf(linkBases, 'purchases', id, request),
    relationships: {
      products: productsOf(({ lines }: Purchase) => lines),
      movements: movementsOf({
        filter: ({ id }: Purchase) => ({ field: 'purchase', operator: 'eq', value: id }),
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
