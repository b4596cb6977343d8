import { onScopeDispose, reactive, ref, watch } from 'vue';
import { api } from '../gateway.ts';
import { onStockEvents, onStreamOpen } from './stock-stream.ts';

/** What can be bought now; null when nobody keeps count of it. */
type Available = number | null;

const stocks = reactive(new Map<string, Available>());
/** How many components show each product. */
const viewCounts = new Map<string, number>();
/** When each was last heard of, on a clock that counts what happens here. */
const eventTimes = new Map<string, number>();
let clock = 0;
/**
 * Inventory doesn't answer: what is not known stays so for now. It is asked again every few
 * seconds.
 */
export const isStockMissing = ref(false);
const RETRY_MS = 5_000;
/** Of what could not be read, what is known may be old. */
const unreadIds = new Set<string>();
let retry: ReturnType<typeof setTimeout> | undefined;
let isListening = false;

/**
 * The stock of some products, kept up to date by the stream. The function that it gives answers
 * undefined as long as a stock is not known.
 */
export function useLiveStock(ids: () => readonly string[]): (id: string) => Available | undefined {
  listen();
  let ownIds: readonly string[] = [];
  watch(
    ids,
    (next) => {
      const missingIds = next.filter((id) => !stocks.has(id) || !viewCounts.has(id));
      for (const id of next) viewCounts.set(id, (viewCounts.get(id) ?? 0) + 1);
      unwatch(ownIds);
      ownIds = next;
      void read(missingIds);
    },
    { immediate: true },
  );
  onScopeDispose(() => unwatch(ownIds));
  return (id) => stocks.get(id);
}

/** Reads some levels now, as when an answer has shown that what is known is old. */
export async function read(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  clock += 1;
  const requestTime = clock;
  const result = await api.levelsById(ids);
  isStockMissing.value = !result.ok;
  if (!result.ok) {
    for (const id of ids) unreadIds.add(id);
    clearTimeout(retry);
    retry = setTimeout(readUnread, RETRY_MS);
    return;
  }
  const levels = new Map(result.value.map((level) => [level.productId, level.available]));
  for (const id of ids) {
    unreadIds.delete(id);
    // An event that came meanwhile is younger than this answer may be.
    if ((eventTimes.get(id) ?? 0) <= requestTime) stocks.set(id, levels.get(id) ?? null);
  }
}

/** Those that nobody shows any more are read when they are shown again. */
function readUnread(): void {
  const shownIds = [...unreadIds].filter((id) => viewCounts.has(id));
  unreadIds.clear();
  void read(shownIds);
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  onStockEvents((events) => {
    clock += 1;
    for (const { data } of events) {
      const { productId, available } = data;
      if (typeof productId !== 'string' || typeof available !== 'number') continue;
      eventTimes.set(productId, clock);
      stocks.set(productId, available);
    }
    tidy();
  });
  onStreamOpen(() => void read([...viewCounts.keys()]));
}

/** The stock of so many products is kept; beyond that, only of those that are shown. */
const KEPT = 5_000;

function tidy(): void {
  for (const id of stocks.size > KEPT ? [...stocks.keys()] : []) {
    if (stocks.size <= KEPT) break;
    if (viewCounts.has(id)) continue;
    stocks.delete(id);
    eventTimes.delete(id);
  }
}

function unwatch(ids: readonly string[]): void {
  for (const id of ids) {
    const viewCount = (viewCounts.get(id) ?? 1) - 1;
    if (viewCount > 0) viewCounts.set(id, viewCount);
    else viewCounts.delete(id);
  }
}
