import { nullable, problemResponses } from '@anaquel/jsonapi';
import Type, { type Static } from 'typebox';
import type { RequestedLine } from '../application/price-lines.ts';
import { requireProductId } from './ids.ts';
import { stockProblem } from './problems.ts';

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
            description: 'The unit price that the buyer saw; another one refuses the whole.',
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
    description: 'Your own number for it, such as an order number.',
  }),
);

const pricedLine = {
  productId: Type.String(),
  quantity: Type.Integer(),
  name: Type.String(),
  sku: nullable(Type.String()),
  unitPrice: Type.Number(),
  pricedAt: Type.String({ format: 'date-time', description: 'When Products told this price.' }),
};

export const pricedLineSchema = Type.Object(pricedLine);

export const boughtLineSchema = Type.Object({
  ...pricedLine,
  available: Type.Integer({ description: 'What could still be bought after the whole purchase.' }),
});

export function requestedLinesFrom(lines: Static<typeof linesSchema>): RequestedLine[] {
  return lines.map(({ productId, quantity, expectedPrice = null }, index) => {
    return { productId: requireProductId(productId, linePointer(index)), quantity, expectedPrice };
  });
}

export function linePointer(step: number): { pointer: string } {
  return { pointer: `/data/attributes/lines/${step}` };
}

/** Why lines may not be sold or held, for the documentation. */
export const takingRefusals = problemResponses(
  stockProblem,
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
);
