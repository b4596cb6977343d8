import { JsonApiError, nullable, protocolProblem, type ErrorObject } from '@anaquel/jsonapi';
import Type, { type Static } from 'typebox';
import type { ExpectedPrice, RequestedLine } from '../application/price-lines.ts';
import { majorUnits } from '@anaquel/money';
import type { PurchaseLine } from '../domain/purchase.ts';
import { requireProductId } from './ids.ts';

/** What purchases and reservations have in common: lines. */
export const linesSchema = Type.Array(
  Type.Object(
    {
      productId: Type.String({ minLength: 1, maxLength: 40 }),
      quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
      expectedPrice: Type.Optional(
        nullable(
          Type.Number({
            minimum: 0,
            description:
              'The unit price that the buyer saw; another one refuses the whole. It is compared as a number, to 15 digits. Without `expectedCurrency` the number alone is compared, so that 1500 USD passes for 1500 JPY.',
          }),
        ),
      ),
      expectedCurrency: Type.Optional(
        nullable(
          Type.String({
            pattern: '^[A-Z]{3}$',
            'x-expects': 'a code of ISO 4217 such as "USD", or null',
            description:
              'The currency of `expectedPrice`, which it needs; another one refuses the whole.',
            examples: ['USD'],
          }),
        ),
      ),
    },
    { additionalProperties: false },
  ),
  { minItems: 1, maxItems: 100 },
);

export const referenceSchema = nullable(
  Type.String({
    minLength: 1,
    maxLength: 200,
    'x-text': 'note',
    'x-expects': 'text of 1 to 200 characters that shows something, or null',
    description: 'Your own number for it, such as an order number.',
  }),
);

export const pricedLineSchema = Type.Object({
  productId: Type.String(),
  quantity: Type.Integer(),
  name: Type.String(),
  sku: nullable(Type.String()),
  unitPrice: Type.Number(),
  pricedAt: Type.String({ format: 'date-time', description: 'When Products told this price.' }),
});

export function pricedLine(
  line: Omit<PurchaseLine, 'availableAfter'>,
  currencyDecimals: number,
): Static<typeof pricedLineSchema> {
  return {
    productId: String(line.productId),
    quantity: line.quantity,
    name: line.name,
    sku: line.sku,
    unitPrice: majorUnits(line.unitPrice, currencyDecimals),
    pricedAt: line.priceAsOf,
  };
}

export function requestedLinesFrom(lines: Static<typeof linesSchema>): RequestedLine[] {
  const priceless = lines.flatMap((line, index) => (lacksPrice(line) ? [priceMissing(index)] : []));
  if (priceless.length > 0) throw new JsonApiError(priceless);
  return lines.map((line, index) => {
    const productId = requireProductId(line.productId, linePointer(index));
    return { productId, quantity: line.quantity, expected: expectedPriceOf(line) };
  });
}

type Line = Static<typeof linesSchema>[number];

/** A currency alone expects nothing. */
function lacksPrice({ expectedPrice = null, expectedCurrency = null }: Line): boolean {
  return expectedCurrency !== null && expectedPrice === null;
}

function expectedPriceOf({
  expectedPrice = null,
  expectedCurrency = null,
}: Line): ExpectedPrice | null {
  return expectedPrice === null ? null : { price: expectedPrice, currency: expectedCurrency };
}

function priceMissing(index: number): ErrorObject {
  const { pointer } = linePointer(index);
  return protocolProblem(
    'invalid-attribute',
    `"lines/${index}/expectedCurrency" needs "expectedPrice" beside it: send both, or neither.`,
    { source: { pointer: `${pointer}/expectedCurrency` } },
  );
}

export function linePointer(step: number): { pointer: string } {
  return { pointer: `/data/attributes/lines/${step}` };
}

/** Why lines may not be sold or held, for the documentation. */
export const takingProblems = [
  'idempotency-key-required',
  'product-not-found',
  'insufficient-stock',
  'product-not-active',
  'price-changed',
  'mixed-currencies',
  'total-too-large',
  'idempotency-key-reused',
  'catalogue-unavailable',
  'overloaded',
  'ledger-unavailable',
  'outcome-unknown',
] as const;
