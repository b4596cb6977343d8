import type { Level } from '../api/index.ts';
import { readQuantity, type QuantityFault } from '../money/read-quantity.ts';
import { valueOfCell } from './read-row.ts';
import type { ColumnTexts } from './known-formats.ts';

/** A stock that a file says and that the shop doesn't have. */
export interface StockPlan {
  readonly kind: /** Nobody counts it yet. */
    | 'opening'
    /** The cell was changed since it was exported, and nothing was sold or received meanwhile. */
    | 'changed'
    /** The cell was changed, and so was the stock. */
    | 'moved'
    /** Nobody knows what was seen when the file was written. */
    | 'unseen';
  /** When it was exported; null where nobody knows. */
  readonly seen: number | null;
  /** Now; null when nobody counts it. */
  readonly before: number | null;
  readonly after: number;
  /** Of the level now, to be compared when it is set. */
  readonly version: number | null;
}

export interface ReadStock {
  readonly stock: StockPlan | null;
  /** Undefined when there is nothing to say of it. */
  readonly threshold: number | undefined;
  readonly faults: readonly {
    readonly fault: 'stock-invalid' | 'threshold-invalid';
    readonly number: QuantityFault;
  }[];
  readonly isNegative: boolean;
}

/**
 * Reads what a row says of a stock. Where the file says what was seen (`isOurs`), only a cell that
 * was changed since says anything: what was sold after the export is not brought back.
 */
export function readStock(
  texts: ColumnTexts,
  level: Level | null,
  isOurs: boolean,
  isThresholdUnchanged = false,
): ReadStock {
  const faults: ReadStock['faults'][number][] = [];
  let isNegative = false;
  let stock: StockPlan | null = null;
  const quantity = quantityIn(texts.stock);
  const hasSeen = isOurs && texts.seenVersion !== undefined;
  // Ours without a version was of a product that nobody counted.
  const wasUncounted = isOurs && !hasSeen && texts.seenStock === undefined;
  const seen = hasSeen ? quantityIn(texts.seenStock) : null;
  if (quantity?.ok) {
    const isChanged = !seen?.ok || seen.units !== quantity.units;
    if (isChanged && quantity.units !== level?.onHand)
      stock = planOf(quantity.units, seen?.ok ? seen.units : null, level, hasSeen, wasUncounted);
  } else if (quantity?.fault === 'negative') isNegative = true;
  else if (quantity && !isPresent(quantity, [seen?.ok ? seen.units : null, level?.onHand]))
    faults.push({ fault: 'stock-invalid', number: quantity });

  const limit = isThresholdUnchanged ? null : quantityIn(texts.lowStockThreshold);
  if (limit && !limit.ok && !isPresent(limit, [level?.lowStockThreshold]))
    faults.push({ fault: 'threshold-invalid', number: limit });
  const isNew = limit?.ok && limit.units !== level?.lowStockThreshold;
  // Without a stock there is nothing that could be low.
  const threshold = isNew && (level !== null || stock !== null) ? limit.units : undefined;
  return { stock, threshold, faults, isNegative };
}

function planOf(
  after: number,
  seen: number | null,
  level: Level | null,
  hasSeen: boolean,
  wasUncounted: boolean,
): StockPlan {
  const before = level?.onHand ?? null;
  const plan = { seen, before, after, version: level?.version ?? null };
  if (level === null) return { ...plan, kind: wasUncounted || !hasSeen ? 'opening' : 'moved' };
  if (!hasSeen) return { ...plan, kind: wasUncounted ? 'moved' : 'unseen' };
  return { ...plan, kind: before === seen ? 'changed' : 'moved' };
}

function quantityIn(text: string | undefined) {
  const value = valueOfCell(text).trim();
  return value === '' ? null : readQuantity(value, null);
}

/** What can be read in two ways, one of which is so already, says nothing new. */
function isPresent(
  { readings }: QuantityFault,
  present: readonly (number | null | undefined)[],
): boolean {
  return readings?.some((one) => present.includes(one)) ?? false;
}
