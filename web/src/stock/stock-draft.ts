import type { Level } from '../api/index.ts';
import { readQuantity } from '../money/read-quantity.ts';
import type { StockChange, StockRequest } from './stock-request.ts';

/** What stands in the fields of a change of stock, as text. */
export interface StockDraft {
  units: string;
  threshold: string;
  reason: string;
  direction: 'out' | 'in';
}

export interface StockDraftFaults {
  readonly units?: 'whole' | 'wholePositive';
  readonly threshold?: 'whole';
  readonly reason?: 'reasonNeeded';
}

/** The fields of a request whose outcome is still to be found out, or empty ones. */
export function stockDraftOf(request: StockRequest | null): StockDraft {
  const { movement, level } = request ?? {};
  const units = movement?.quantity ?? level?.onHand;
  return {
    units: units === undefined ? '' : String(Math.abs(units)),
    threshold: level?.lowStockThreshold ? String(level.lowStockThreshold) : '',
    reason: movement?.reason ?? '',
    direction: movement && movement.quantity > 0 ? 'in' : 'out',
  };
}

/** Null for what is no quantity. */
export function unitsIn(text: string, locale: string): number | null {
  const quantity = readQuantity(text, locale);
  return quantity.ok ? quantity.units : null;
}

/** Null means that there shall be no alert, undefined that it is no quantity. */
export function thresholdIn(text: string, locale: string): number | null | undefined {
  return text.trim() === '' ? null : (unitsIn(text, locale) ?? undefined);
}

export function faultsOf(change: StockChange, draft: StockDraft, locale: string): StockDraftFaults {
  const units = unitsIn(draft.units, locale);
  const needsUnits = change === 'receive' || change === 'adjust';
  return {
    ...(change === 'count' && units === null && { units: 'whole' }),
    ...(needsUnits && !units && { units: 'wholePositive' }),
    ...(change === 'threshold' &&
      thresholdIn(draft.threshold, locale) === undefined && { threshold: 'whole' }),
    ...(change === 'adjust' && !draft.reason.trim() && { reason: 'reasonNeeded' }),
  };
}

/** The figure that a change is about as it will be, null where nobody can tell. */
export function figureAfter(
  change: StockChange,
  draft: StockDraft,
  level: Level | null | undefined,
  locale: string,
): number | null {
  if (change === 'threshold') return thresholdIn(draft.threshold, locale) ?? null;
  const units = unitsIn(draft.units, locale);
  if (change === 'count' || units === null) return units;
  const isOut = change === 'adjust' && draft.direction === 'out';
  return (level?.onHand ?? 0) + (isOut ? -units : units);
}

/** What is sent of a draft without faults. `etag` is the version that a count is about. */
export function changeIn(
  change: StockChange,
  draft: StockDraft,
  etag: string | null,
  locale: string,
): Pick<StockRequest, 'movement' | 'level' | 'etag'> {
  const quantity = unitsIn(draft.units, locale) ?? 0;
  const reason = draft.reason.trim();
  switch (change) {
    case 'receive':
      return { movement: { kind: 'receipt', quantity, ...(reason && { reason }) } };
    case 'adjust': {
      const signed = draft.direction === 'out' ? -quantity : quantity;
      return { movement: { kind: 'adjustment', quantity: signed, reason } };
    }
    case 'count':
      return { level: { onHand: quantity }, etag };
    case 'threshold':
      return {
        level: { lowStockThreshold: thresholdIn(draft.threshold, locale) ?? null },
        etag,
      };
  }
}
