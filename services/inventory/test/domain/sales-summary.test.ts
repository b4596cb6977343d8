import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countSales } from '../../src/domain/sales-summary.ts';
import type { Purchase } from '../../src/domain/purchase.ts';

const day = fc.integer({ min: 1, max: 4 });
const at = day.map((n) => `2026-03-0${n}T12:00:00.000Z`);
const line = fc.record({
  productId: fc.integer({ min: 1, max: 3 }),
  quantity: fc.integer({ min: 1, max: 5 }),
});
const purchase = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 4 }),
    currency: fc.constantFrom('USD', 'EUR'),
    at,
  })
  .map(({ lines, ...rest }): Purchase => {
    const priced = lines.map((one) => ({
      ...one,
      name: `Product ${one.productId}`,
      sku: null,
      // A product has one price in a purchase.
      unitPrice: 100 * one.productId,
      priceAsOf: rest.at,
      availableAfter: 0,
    }));
    const total = sum(priced.map(({ quantity, unitPrice }) => quantity * unitPrice));
    const names = { id: '', number: 1, reference: null, owner: 'till', actor: 'ana' };
    return { ...names, currencyDecimals: 2, total, lines: priced, ...rest };
  });
const sold = fc.array(fc.tuple(purchase, fc.option(fc.tuple(fc.nat(9), at))), { maxLength: 20 });

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

test('days, products and currencies add up to the same units and amounts, and each sale is on its day', () => {
  fc.assert(
    fc.property(sold, (sales) => {
      const counts = (['day', 'product', 'currency'] as const).map((group) =>
        countSales({ group, products: null, timeZone: 'UTC' }),
      );
      const returned = sales.flatMap(([one, back]) => {
        const [first] = one.lines;
        return back && first ? [{ purchase: one, first, at: back[1] }] : [];
      });
      for (const count of counts) {
        for (const [one] of sales) count.sale(one);
        for (const { purchase: one, first, at: when } of returned)
          count.giveBack({ purchase: one, productId: first.productId, units: 1, at: when });
      }
      const [days = [], products = [], currencies = []] = counts.map((count) => count.summaries());
      for (const summaries of [days, products, currencies]) {
        for (const currency of ['USD', 'EUR']) {
          const own = sales.map(([one]) => one).filter((one) => one.currency === currency);
          const back = returned.filter((one) => one.purchase.currency === currency);
          const of = summaries.filter((summary) => summary.currency === currency);
          const units = own.flatMap(({ lines }) => lines.map(({ quantity }) => quantity));
          expect(sum(of.map((one) => one.units))).toBe(sum(units));
          expect(sum(of.map((one) => one.sold))).toBe(sum(own.map(({ total }) => total)));
          expect(sum(of.map((one) => one.returnedUnits))).toBe(back.length);
          expect(sum(of.map((one) => one.refunds))).toBe(
            sum(back.map(({ first }) => first.unitPrice)),
          );
        }
      }
      for (const { day: name, currency, sales: number } of days)
        expect(number).toBe(
          sales.filter(([one]) => one.currency === currency && one.at.startsWith(name ?? '-'))
            .length,
        );
      for (const { productId, currency, sales: number } of products)
        expect(number).toBe(
          sales.filter(
            ([one]) =>
              one.currency === currency && one.lines.some((each) => each.productId === productId),
          ).length,
        );
      const names = days.map((one) => one.id);
      expect(names).toEqual(names.toSorted());
    }),
  );
});
