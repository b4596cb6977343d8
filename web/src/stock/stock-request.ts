import { isJson, type LevelInput, type MovementInput } from '../api/index.ts';
import type { Result, Settled } from '../api/index.ts';
import { useAttempt, type Attempt } from '../buying/attempt.ts';
import { api } from '../gateway.ts';

/** What a person does to a stock by hand. */
export type StockChange = 'receive' | 'adjust' | 'count' | 'threshold';

/** A change of a stock as a person asked for it, with all that is sent. */
export interface StockRequest {
  readonly productId: string;
  readonly productName: string;
  readonly change: StockChange | 'return';
  /** Nobody counts it yet, so that comes first. */
  readonly startsTracking: boolean;
  readonly movement?: MovementInput;
  readonly level?: LevelInput;
  /** The version of the level that a count is about. */
  readonly etag?: string | null;
}

export type StockAttempt = Attempt<StockRequest, null>;
const PREFIX = 'stock.';
const DONE = { ok: true, value: { value: null, isReplay: false, clockAheadMs: 0 } } as const;

/**
 * One change of one stock that happens once, whatever becomes of its answer. A return is one of a
 * purchase.
 */
export function useStockAttempt(
  productId: string,
  change: StockRequest['change'],
  purchaseId = '',
): StockAttempt {
  return useAttempt(`${PREFIX}${productId}.${change}.${purchaseId}`, isStockRequest, perform);
}

/** The attempt with a name of `pending`, when that is one of a stock. */
export function stockAttemptNamed(name: string): StockAttempt | null {
  return name.startsWith(PREFIX) ? useAttempt(name, isStockRequest, perform) : null;
}

async function perform(
  { productId, startsTracking, movement, level = {}, etag = null }: StockRequest,
  key: string,
): Promise<Result<Settled<null>>> {
  if (startsTracking) {
    const trackingResult = await api.trackStock(productId, level, key);
    if (!movement) return trackingResult.ok ? DONE : trackingResult;
    // Someone may have begun it meanwhile: then what is received is a movement like any other.
    const isTracked =
      trackingResult.ok ||
      (trackingResult.error.kind === 'refused' &&
        trackingResult.error.problems.some(({ code }) => code === 'already-tracked'));
    if (!isTracked) return trackingResult;
  }
  if (!movement) {
    const countResult = await api.countStock(productId, level, etag, key);
    return countResult.ok ? DONE : countResult;
  }
  const movementResult = await api.moveStock(productId, movement, key);
  return movementResult.ok ? DONE : movementResult;
}

function isStockRequest(value: unknown): value is StockRequest {
  return isJson(value) && 'productId' in value && 'change' in value;
}
