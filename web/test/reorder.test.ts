import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DAY_MS,
  daysLeft,
  rateOf,
  salesOf,
  suggestedUnits,
  WINDOW_DAYS,
  type StockMove,
} from '../src/reordering/reorder.ts';
import { loadReorder } from '../src/reordering/load-reorder.ts';

const NOW_MS = Date.parse('2026-11-29T12:00:00.000Z');
const daysAgo = (days: number) => new Date(NOW_MS - days * DAY_MS).toISOString();

/** Movements of one product, the newest first, from what was done each so many days ago. */
function movesOf(start: number, changes: readonly { days: number; delta: number }[]) {
  let onHand = start;
  const moves = changes
    .toSorted((a, b) => b.days - a.days)
    .map(({ days, delta }): StockMove => {
      onHand += delta;
      return {
        kind: delta < 0 ? 'sale' : 'receipt',
        onHandDelta: delta,
        reservedDelta: 0,
        onHandAfter: onHand,
        reservedAfter: 0,
        createdAt: daysAgo(days),
      };
    });
  return { moves: moves.toReversed(), available: onHand };
}

describe('what was sold', () => {
  test('is corrected for days on which there was nothing to sell', () => {
    // 14 were sold in the first two weeks; since then there is nothing.
    const { moves, available } = movesOf(14, [
      { days: 20, delta: -7 },
      { days: 14, delta: -7 },
    ]);
    const sales = salesOf({ available }, moves, true, NOW_MS);
    expect(sales).toEqual({ sold: 14, days: 28, daysWithStock: 14 });
    expect(rateOf(sales).likely).toBe(1);
  });

  test('counts a return against the sale, and a hold as no stock to sell', () => {
    const { moves, available } = movesOf(5, [{ days: 10, delta: -3 }]);
    const back = {
      ...moves[0],
      kind: 'return',
      onHandDelta: 1,
      onHandAfter: 3,
      createdAt: daysAgo(5),
    };
    const held = {
      ...back,
      kind: 'reservation',
      onHandDelta: 0,
      reservedDelta: 3,
      reservedAfter: 3,
      createdAt: daysAgo(4),
    };
    const list = [held, back, ...moves] as StockMove[];
    expect(available).toBe(2);
    const sales = salesOf({ available: 0 }, list, true, NOW_MS);
    expect(sales.sold).toBe(2);
    expect(sales.daysWithStock).toBeCloseTo(24, 6);
  });

  test('is looked at for less time where the movements reach less far', () => {
    const changes = Array.from({ length: 9 }, (_, n) => ({ days: n + 1, delta: -2 }));
    const { moves, available } = movesOf(100, changes);
    const sales = salesOf({ available }, moves, false, NOW_MS);
    expect(sales).toEqual({ sold: 16, days: 9, daysWithStock: 9 });
  });

  const changes = fc.array(
    fc.record({
      days: fc.double({ min: 0, max: 40, noNaN: true }),
      delta: fc.integer({ min: -9, max: 20 }),
    }),
    { maxLength: 30 },
  );

  test('never needs more time than there was, and its rate is never lower than without the correction', () => {
    fc.assert(
      fc.property(fc.nat(50), changes, fc.boolean(), (start, list, isWhole) => {
        const { moves, available } = movesOf(start, list);
        const sales = salesOf({ available }, moves, isWhole, NOW_MS);
        expect(sales.daysWithStock).toBeGreaterThanOrEqual(0);
        expect(sales.daysWithStock).toBeLessThanOrEqual(sales.days + 1e-6);
        expect(sales.days).toBeLessThanOrEqual(WINDOW_DAYS);
        expect(sales.sold).toBeGreaterThanOrEqual(0);
        const { low, likely, high } = rateOf(sales);
        expect(low).toBeLessThanOrEqual(likely);
        expect(likely).toBeLessThanOrEqual(high);
        expect(likely + 1e-9).toBeGreaterThanOrEqual(sales.sold / Math.max(sales.days, 1));
      }),
    );
  });
});

describe('what to order', () => {
  const sales = fc
    .record({ sold: fc.nat(10_000), daysWithStock: fc.double({ min: 0, max: 28, noNaN: true }) })
    .map((one) => ({ ...one, days: 28 }));
  const terms = fc.record({
    packSize: fc.integer({ min: 1, max: 500 }),
    leadTimeDays: fc.nat(365),
    coverDays: fc.integer({ min: 1, max: 365 }),
  });
  const level = fc.record({
    available: fc.nat(100_000),
    lowStockThreshold: fc.option(fc.nat(1_000)),
  });

  test('are whole packs, enough and no pack more, and above the threshold', () => {
    fc.assert(
      fc.property(level, sales, terms, (stock, sold, order) => {
        const rate = rateOf(sold);
        const units = suggestedUnits(stock, rate, order);
        expect(units % order.packSize).toBe(0);
        const wanted = Math.max(
          rate.likely * (order.leadTimeDays + order.coverDays),
          (stock.lowStockThreshold ?? -1) + 1,
        );
        expect(stock.available + units + 1e-6).toBeGreaterThanOrEqual(wanted);
        // A pack less would not do, unless none is ordered.
        const oneLess = stock.available + units - order.packSize;
        expect(units === 0 || oneLess < wanted).toBe(true);
      }),
    );
  });

  test('lasts between its bounds, which are further apart the less was sold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), sales, (available, sold) => {
        const { least, most } = daysLeft(available, rateOf(sold));
        const isOpen = most === null;
        expect(isOpen || (least !== null && least <= most)).toBe(true);
      }),
    );
    const rateFor = (sold: number) => rateOf({ sold, days: 28, daysWithStock: 28 });
    expect(daysLeft(10, rateFor(28))).toEqual({ least: 8, most: 13 });
    expect(daysLeft(100, rateFor(280))).toEqual({ least: 9, most: 10 });
    expect(daysLeft(10, rateFor(1))).toEqual({ least: 122, most: null });
    expect(daysLeft(10, rateFor(0))).toEqual({ least: null, most: null });
    expect(daysLeft(0, rateFor(0))).toEqual({ least: 0, most: 0 });
  });
});

describe('what is loaded', () => {
  /** Levels of so many products, the scarcest first, and what was asked about them. */
  function shopOf(count: number) {
    const asked: string[] = [];
    const levels = Array.from({ length: count }, (_, at) => ({
      productId: String(at + 1),
      onHand: at,
      reserved: 0,
      available: at,
      lowStockThreshold: null,
      version: 1,
      updatedAt: '2026-01-01T00:00:00Z',
    }));
    const listOf = <Item>(items: readonly Item[]) => ({
      ok: true as const,
      value: { items, total: count, totalIsCapped: false, next: null, meta: {} },
    });
    const api = {
      levels: async ({ number = 1, size = 20 }) =>
        listOf(levels.slice((number - 1) * size, number * size)),
      productsById: async (ids: readonly string[]) => ({
        ok: true as const,
        value: ids.map((id) => ({ id, status: 'active' })),
      }),
      movements: async ({ productId = '' }) => {
        asked.push(productId);
        return listOf([]);
      },
    } as unknown as Parameters<typeof loadReorder>[0];
    return { api, levels, asked };
  }
  const load = (
    api: Parameters<typeof loadReorder>[0],
    pages: number,
    known: Parameters<typeof loadReorder>[4] = [],
  ) => loadReorder(api, { lowStock: true, pages }, new AbortController().signal, NOW_MS, known);

  test('are a hundred products more a page, in their order, as long as there are any', async () => {
    const { api } = shopOf(250);
    const loaded = await Promise.all([1, 2, 3, 4].map((pages) => load(api, pages)));
    expect(loaded.map(({ items }) => items.length)).toEqual([100, 200, 250, 250]);
    expect(loaded.map(({ hasMore }) => hasMore)).toEqual([true, true, false, false]);
    const ids = loaded[2]?.items.map(({ product }) => product.id);
    expect(ids).toEqual(Array.from({ length: 250 }, (_, at) => String(at + 1)));
  });

  test('are no movements of what has not changed since', async () => {
    const { api, levels, asked } = shopOf(120);
    const { items } = await load(api, 1);
    expect(asked).toHaveLength(100);
    levels[6] = { ...levels[6], version: 2 } as (typeof levels)[number];
    asked.length = 0;
    await load(api, 2, items);
    const added = Array.from({ length: 20 }, (_, at) => String(at + 101));
    expect(asked.toSorted()).toEqual(['7', ...added].toSorted());
  });
});
