import { declareResource, nullable } from '@anaquel/jsonapi';
import { majorUnits } from '@anaquel/money';
import Type from 'typebox';
import type { SalesSummary } from '../../domain/sales-summary.ts';

const attributes = Type.Object({
  day: nullable(Type.String({ description: 'In the time zone of the shop, `YYYY-MM-DD`.' })),
  productId: nullable(Type.String()),
  name: nullable(Type.String({ description: 'As in the latest of these sales.' })),
  sku: nullable(Type.String()),
  currency: Type.String(),
  sales: Type.Integer({ description: 'How many purchases.' }),
  units: Type.Integer(),
  grossRevenue: Type.Number({ description: 'What was sold for.' }),
  returnedUnits: Type.Integer({
    description: 'What came back in this time, whenever it was sold.',
  }),
  refunds: Type.Number({ description: 'What the returned units were sold for.' }),
  revenue: Type.Number({ description: 'What was sold for, less refunds.' }),
});

/** What was sold on a day, of a product or in all, in one currency. */
export function salesSummaryResource() {
  return declareResource({
    type: 'sales-summaries',
    attributes,
    id: ({ id }) => id,
    view({ currencyDecimals: decimals, ...summary }: SalesSummary) {
      const { day, productId, name, sku, currency, sales, units, returnedUnits } = summary;
      return {
        day,
        productId: productId === null ? null : String(productId),
        name,
        sku,
        currency,
        sales,
        units,
        grossRevenue: majorUnits(summary.sold, decimals),
        returnedUnits,
        refunds: majorUnits(summary.refunds, decimals),
        revenue: majorUnits(summary.sold - summary.refunds, decimals),
      };
    },
  });
}
