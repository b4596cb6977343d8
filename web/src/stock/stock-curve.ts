import { valueOf, type Api, type LevelSummary, type LevelSummaryQuery } from '../api/index.ts';
import type { Movement } from '../api/index.ts';
import type { TimeSpan } from '../sales/shop-days.ts';

/** So many movements are drawn one by one. */
const MOST_MOVEMENTS = 100;
const PAGE_SIZE = 100;
/** So many points are enough for a curve: of more days, weeks are drawn. */
const MOST_POINTS = 400;
/** Weeks of forty years. */
const MOST_PAGES = 21;
const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;

type CurveStep = 'movement' | LevelSummaryQuery['group'];

interface StockPoint {
  /** In seconds since 1970. */
  readonly at: number;
  readonly onHand: number;
  readonly available: number;
}

/** How the stock of a product was in a span of time. */
export interface StockCurve {
  /** What a point is: a movement, or the end of an hour, a day or a week. */
  readonly step: CurveStep;
  readonly movements: number;
  /** In the order of time. */
  readonly points: readonly StockPoint[];
}

/** Reads few movements one by one, and sums them up where there are many. */
export async function loadStockCurve(
  api: Pick<Api, 'movements' | 'levelSummaries'>,
  productId: string,
  span: TimeSpan,
  nowMs: number,
  signal?: AbortSignal,
): Promise<StockCurve> {
  const query = { productId, ...span };
  const few = valueOf(await api.movements({ ...query, size: MOST_MOVEMENTS }, { signal }));
  if (few.total <= MOST_MOVEMENTS) {
    const points = pointsOfMovements(few.items.toReversed(), span, nowMs);
    return { step: 'movement', movements: few.total, points };
  }
  const isShort =
    span.from !== undefined && (endMs(span) ?? nowMs) - Date.parse(span.from) <= WEEK_MS;
  const first = { ...query, size: PAGE_SIZE, group: isShort ? 'hour' : 'day' } as const;
  const page = valueOf(await api.levelSummaries({ ...first, number: 1 }, { signal }));
  if (page.total <= MOST_POINTS)
    return summed(first.group, [...page.items, ...(await rest(page.total, first))]);
  const weeks = { ...first, group: 'week' } as const;
  const start = valueOf(await api.levelSummaries({ ...weeks, number: 1 }, { signal }));
  return summed('week', [...start.items, ...(await rest(start.total, weeks))]);

  async function rest(total: number, asked: LevelSummaryQuery): Promise<LevelSummary[]> {
    const pages = Math.min(MOST_PAGES, Math.ceil(total / PAGE_SIZE));
    const lists = await Promise.all(
      Array.from({ length: Math.max(0, pages - 1) }, async (_, at) =>
        valueOf(await api.levelSummaries({ ...asked, number: at + 2 }, { signal })),
      ),
    );
    return lists.flatMap(({ items }) => items);
  }
}

const endMs = ({ to }: TimeSpan) => (to === undefined ? undefined : Date.parse(to));

function summed(step: CurveStep, summaries: readonly LevelSummary[]): StockCurve {
  return {
    step,
    movements: summaries.reduce((sum, { movements }) => sum + movements, 0),
    points: summaries.map(({ to, onHand, available }) => ({
      at: Date.parse(to) / 1_000,
      onHand,
      available,
    })),
  };
}

/** The level before the first movement, after each, and at the end. @param history oldest first */
function pointsOfMovements(
  history: readonly Movement[],
  span: TimeSpan,
  nowMs: number,
): StockPoint[] {
  const [first] = history;
  const last = history.at(-1);
  if (!first || !last) return [];
  const pointOf = (at: number, onHand: number, reserved: number) => ({
    at,
    onHand,
    available: onHand - reserved,
  });
  const secondsOf = ({ createdAt }: Movement) => Date.parse(createdAt) / 1_000;
  const before = pointOf(
    secondsOf(first) - 1,
    first.onHandAfter - first.onHandDelta,
    first.reservedAfter - first.reservedDelta,
  );
  const after = history.map((one) => pointOf(secondsOf(one), one.onHandAfter, one.reservedAfter));
  const end = Math.max((endMs(span) ?? nowMs) / 1_000, secondsOf(last) + 1);
  return [before, ...after, pointOf(end, last.onHandAfter, last.reservedAfter)];
}
