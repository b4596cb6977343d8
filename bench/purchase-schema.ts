import Type from 'typebox';

/**
 * The attributes of a new purchase as Inventory validates them, for the servers that it is measured
 * against.
 */
const line = Type.Object(
  {
    productId: Type.String({ minLength: 1, maxLength: 40 }),
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    expectedPrice: Type.Optional(
      Type.Unsafe<number | null>({ type: ['number', 'null'], minimum: 0 }),
    ),
    expectedCurrency: Type.Optional(
      Type.Unsafe<string | null>({ type: ['string', 'null'], pattern: '^[A-Z]{3}$' }),
    ),
  },
  { additionalProperties: false },
);

export const purchaseAttributes = Type.Object({
  lines: Type.Array(line, { minItems: 1, maxItems: 100 }),
  reference: Type.Optional(
    Type.Unsafe<string | null>({ type: ['string', 'null'], minLength: 1, maxLength: 200 }),
  ),
});
