import { useQueryCache } from '@pinia/colada';
import { onScopeDispose } from 'vue';
import { saleKeys } from '../queries/sales.ts';
import { stockKeys } from '../queries/stock.ts';
import { onStockEvents, onStreamOpen } from './stock-stream.ts';

/** After a change the page reads so soon what came of it. */
const SOON_MS = 150;
/**
 * In a storm of events it reads so often at most, and never before the last reading has come to its
 * end.
 */
const CALM_MS = 2_000;

/**
 * Reads anew what the page shows of stock and sales whenever the stream tells of a change, of one
 * product when it is named, and whenever the stream begins: it tells nothing of what was before.
 */
export function useStockRefresh(productId?: () => string): void {
  const cache = useQueryCache();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isReading = false;
  let isDue = false;
  let readAt = -CALM_MS;

  function plan(): void {
    isDue = true;
    if (isReading || timer !== undefined) return;
    timer = setTimeout(read, Math.max(SOON_MS, readAt + CALM_MS - performance.now()));
  }

  async function read(): Promise<void> {
    timer = undefined;
    isDue = false;
    isReading = true;
    await Promise.allSettled([
      cache.invalidateQueries({ key: stockKeys.all }),
      cache.invalidateQueries({ key: saleKeys.all }),
    ]);
    isReading = false;
    readAt = performance.now();
    if (isDue && !isGone) plan();
  }

  let isGone = false;
  const stop = onStockEvents((events) => {
    if (!productId || events.some(({ data }) => data['productId'] === productId())) plan();
  });
  const stopHearing = onStreamOpen(plan);
  onScopeDispose(() => {
    isGone = true;
    stop();
    stopHearing();
    clearTimeout(timer);
  });
}
