import { expect, test } from 'vitest';
import type { LevelSummary, LevelSummaryQuery, Movement, MovementQuery } from '../src/api/index.ts';
import { loadStockCurve } from '../src/stock/stock-curve.ts';

const DAY_MS = 86_400_000;
const nowMs = Date.parse('2026-11-29T12:00:00Z');
const instant = (daysAgo: number) => new Date(nowMs - daysAgo * DAY_MS).toISOString();

const movement: Movement = {
  id: '1',
  productId: '7',
  purchaseId: null,
  purchaseNumber: null,
  reservationId: null,
  kind: 'receipt',
  onHandDelta: 5,
  reservedDelta: 0,
  onHandAfter: 15,
  reservedAfter: 2,
  reason: null,
  actor: 'ana',
  createdAt: instant(1),
};

/** A product that had so many movements, one each day. */
function apiWith(movements: number) {
  const asked: LevelSummaryQuery[] = [];
  const pageOf = <Item>(items: readonly Item[], total: number) => ({
    ok: true as const,
    value: { items, total, totalIsCapped: false, next: null, meta: {} },
  });
  return {
    asked,
    movements: async ({ size = 20 }: MovementQuery) =>
      pageOf(
        Array.from({ length: Math.min(size, movements) }, () => movement),
        movements,
      ),
    levelSummaries: async (query: LevelSummaryQuery) => {
      asked.push(query);
      const { group, number = 1, size = 20 } = query;
      const days = query.from ? (nowMs - Date.parse(query.from)) / DAY_MS : movements;
      const total = Math.ceil(group === 'hour' ? days * 24 : group === 'day' ? days : days / 7);
      const items = Array.from(
        { length: Math.max(0, Math.min(size, total - size * (number - 1))) },
        (_, at): LevelSummary => {
          const to = instant(total - size * (number - 1) - at);
          return { from: to, to, onHand: 3, available: 2, movements: 1 };
        },
      );
      return pageOf(items, total);
    },
  };
}

test('few movements are drawn one by one, from the level before them until now', async () => {
  const api = apiWith(1);
  const curve = await loadStockCurve(api, '7', {}, nowMs);
  const at = Date.parse(movement.createdAt) / 1_000;
  expect(curve).toEqual({
    step: 'movement',
    movements: 1,
    points: [
      { at: at - 1, onHand: 10, available: 8 },
      { at, onHand: 15, available: 13 },
      { at: nowMs / 1_000, onHand: 15, available: 13 },
    ],
  });
  expect(api.asked).toEqual([]);
});

test.each([
  ['hour', 24, instant(1)],
  ['hour', 168, instant(7)],
  ['day', 90, instant(90)],
  ['day', 400, instant(400)],
  ['week', 58, instant(401)],
  ['week', 522, undefined],
] as const)('many are drawn by the %s, %i in all', async (step, count, from) => {
  const api = apiWith(3_650);
  const span = from === undefined ? {} : { from };
  const curve = await loadStockCurve(api, '7', span, nowMs);
  expect(curve).toMatchObject({ step, movements: count });
  expect(curve.points).toHaveLength(count);
  const times = curve.points.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(api.asked.length).toBeLessThanOrEqual(7);
});
