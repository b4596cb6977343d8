import { useQueryCache } from '@pinia/colada';
import { onScopeDispose } from 'vue';
import { saleKeys } from '../queries/sales.ts';
import { stockKeys } from '../queries/stock.ts';
import { onStockEvent } from './stock-stream.ts';

/** In a storm of events the page asks so often at most. */
const CALM_MS = 400;

/** Reads anew what the page shows of stock and sales whenever the stream tells of a change; of one product, when it is named. */
export function useStockRefresh(productId?: () => string): void {
  const cache = useQueryCache();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = onStockEvent(({ data }) => {
    if (productId && data['productId'] !== productId()) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      void cache.invalidateQueries({ key: stockKeys.all });
      void cache.invalidateQueries({ key: saleKeys.all });
    }, CALM_MS);
  });
  onScopeDispose(() => {
    stop();
    clearTimeout(timer);
  });
}
