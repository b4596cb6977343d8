import fc from 'fast-check';
import { expect, test } from 'vitest';
import { priceLines } from '../../src/application/price-lines.ts';

/** Whether `expectedPrice` accepts the current price. */
async function passes(expected: number, minor: number, decimals: number): Promise<boolean> {
  const product = {
    productId: 1,
    name: 'A',
    sku: null,
    status: 'active',
    unitPrice: minor,
    currency: 'USD',
    currencyDecimals: decimals,
    asOf: '2026-03-01T12:00:00.000Z',
  } as const;
  const catalogue = { lookUp: async () => [{ type: 'found', product } as const] };
  const line = { productId: 1, quantity: 1, expected: { price: expected, currency: 'USD' } };
  const draft = await priceLines(catalogue, [line], null);
  return draft.ok;
}

/** Products' highest price is 10⁹ in major units. */
const price = fc.constantFrom(0, 2, 3, 4).chain((decimals) =>
  fc.record({
    decimals: fc.constant(decimals),
    minor: fc.integer({ min: 1, max: 10 ** 9 * 10 ** decimals }),
  }),
);

test('a price with an error of floating-point arithmetic is the same price; one minor unit more or less is another', async () => {
  const off = fc.constantFrom(0, Number.EPSILON, -Number.EPSILON);
  await fc.assert(
    fc.asyncProperty(price, off, async ({ minor, decimals }, by) => {
      const major = Number(`${minor}e-${decimals}`);
      expect(await passes(major * (1 + by), minor, decimals)).toBe(true);
      expect(await passes(major, minor + 1, decimals)).toBe(false);
      expect(await passes(major, minor - 1, decimals)).toBe(false);
    }),
  );
});
