import type { Level, Movement } from '../api/index.ts';

export const DAY_MS = 86_400_000;
/** Sales of so many days say what will be sold. */
export const WINDOW_DAYS = 28;
/** What was sold in less time with stock says little: it counts as if it had taken so long. */
const LEAST_DAYS = 1;
/** Eight times of ten the rate lies within so many standard deviations. */
const DEVIATIONS = 1.28;

export type StockMove = Pick<
  Movement,
  'kind' | 'onHandDelta' | 'reservedDelta' | 'onHandAfter' | 'reservedAfter' | 'createdAt'
>;

/** How a product has sold. */
export interface Sales {
  /** Units sold less those returned, 0 or more. */
  readonly sold: number;
  /** How long was looked back: 28 days, or less where the movements reach less far. */
  readonly days: number;
  /** For so many of these days there was something to sell. */
  readonly daysWithStock: number;
}

/**
 * How a product has sold until now. Days without stock are left out of account: nothing could be
 * sold on them.
 * @param moves the latest movements of the product, the newest first.
 * @param isWhole whether these are all of the window; if not, it begins at the oldest of them.
 */
export function salesOf(
  level: Pick<Level, 'available'>,
  moves: readonly StockMove[],
  isWhole: boolean,
  nowMs: number,
): Sales {
  const windowMs = nowMs - WINDOW_DAYS * DAY_MS;
  const oldest = moves.at(-1);
  const startMs = isWhole || !oldest ? windowMs : Math.max(windowMs, Date.parse(oldest.createdAt));
  // What the oldest one did then lies before the beginning.
  const inside = (isWhole ? moves : moves.slice(0, -1))
    .filter(({ createdAt }) => Date.parse(createdAt) >= startMs)
    .toReversed();
  let atMs = startMs;
  let available = inside[0] ? availableBefore(inside[0]) : level.available;
  let withStockMs = 0;
  let sold = 0;
  for (const move of inside) {
    const nextMs = Math.min(Math.max(Date.parse(move.createdAt), atMs), nowMs);
    if (available > 0) withStockMs += nextMs - atMs;
    atMs = nextMs;
    available = move.onHandAfter - move.reservedAfter;
    if (move.kind === 'sale' || move.kind === 'return') sold -= move.onHandDelta;
  }
  if (available > 0) withStockMs += nowMs - atMs;
  return {
    sold: Math.max(0, sold),
    days: (nowMs - startMs) / DAY_MS,
    daysWithStock: withStockMs / DAY_MS,
  };
}

function availableBefore(move: StockMove): number {
  return move.onHandAfter - move.onHandDelta - (move.reservedAfter - move.reservedDelta);
}

/** Units a day, with the bounds between which the rate lies eight times of ten. */
export interface Rate {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

/** What was sold is a sample of what is wanted: it scatters as its own root. */
export function rateOf({ sold, daysWithStock }: Sales): Rate {
  const days = Math.max(daysWithStock, LEAST_DAYS);
  const scatter = DEVIATIONS * Math.sqrt(sold);
  return {
    low: Math.max(0, sold - scatter) / days,
    likely: sold / days,
    high: (sold + scatter) / days,
  };
}

/** Whole days that a stock lasts, at the least and at the most; null where there is no end. */
export interface DaysLeft {
  readonly least: number | null;
  readonly most: number | null;
}

export function daysLeft(available: number, { low, high }: Rate): DaysLeft {
  const daysAt = (rate: number) => (rate > 0 ? Math.floor(available / rate) : null);
  return available <= 0 ? { least: 0, most: 0 } : { least: daysAt(high), most: daysAt(low) };
}

/** What an order is about. */
export interface OrderTerms {
  /** It comes in packs of so many units. */
  readonly packSize: number;
  /** Until it is there. */
  readonly leadTimeDays: number;
  /** For so many days it shall last then. */
  readonly coverDays: number;
}

/**
 * How many units to order: what will be sold until the order is there and while it shall last, and
 * no less than brings the stock above its threshold; less what there is; in whole packs.
 */
export function suggestedUnits(
  { available, lowStockThreshold }: Pick<Level, 'available' | 'lowStockThreshold'>,
  { likely }: Rate,
  { packSize, leadTimeDays, coverDays }: OrderTerms,
): number {
  const wanted = likely * (leadTimeDays + coverDays);
  const least = lowStockThreshold === null ? 0 : lowStockThreshold + 1;
  const missing = Math.max(wanted, least) - available;
  return missing <= 0 ? 0 : Math.ceil(missing / packSize) * packSize;
}
