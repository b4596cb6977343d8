import { onScopeDispose, reactive, ref, watch } from 'vue';
import { api } from '../shop.ts';
import { onStockEvents, onStreamOpen } from './stock-stream.ts';

/** What can be bought now; null when nobody keeps count of it. */
type Available = number | null;

const known = reactive(new Map<string, Available>());
/** How many components show each product. */
const watched = new Map<string, number>();
/** When each was last heard of, on a clock that counts what happens here. */
const heardAt = new Map<string, number>();
let clock = 0;
/**
 * Inventory doesn't answer: what is not known stays so for now. It is asked again every few
 * seconds.
 */
export const isStockMissing = ref(false);
const RETRY_MS = 5_000;
let retry: ReturnType<typeof setTimeout> | undefined;
let isListening = false;

/**
 * The stock of some products, kept up to date by the stream. The function that it gives answers
 * undefined as long as a stock is not known.
 */
export function useLiveStock(ids: () => readonly string[]): (id: string) => Available | undefined {
  listen();
  let mine: readonly string[] = [];
  watch(
    ids,
    (next) => {
      const missing = next.filter((id) => !known.has(id) || !watched.has(id));
      for (const id of next) watched.set(id, (watched.get(id) ?? 0) + 1);
      letGo(mine);
      mine = next;
      void read(missing);
    },
    { immediate: true },
  );
  onScopeDispose(() => letGo(mine));
  return (id) => known.get(id);
}

/** Reads some levels now, as when an answer has shown that what is known is old. */
export async function read(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  clock += 1;
  const askedAt = clock;
  const result = await api.levelsById(ids);
  isStockMissing.value = !result.ok;
  if (!result.ok) {
    clearTimeout(retry);
    retry = setTimeout(
      () => void read([...watched.keys()].filter((id) => !known.has(id))),
      RETRY_MS,
    );
    return;
  }
  const levels = new Map(result.value.map((level) => [level.productId, level.available]));
  for (const id of ids) {
    // An event that came meanwhile is younger than this answer may be.
    if ((heardAt.get(id) ?? 0) <= askedAt) known.set(id, levels.get(id) ?? null);
  }
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  onStockEvents((events) => {
    clock += 1;
    for (const { data } of events) {
      const { productId, available } = data;
      if (typeof productId !== 'string' || typeof available !== 'number') continue;
      heardAt.set(productId, clock);
      known.set(productId, available);
    }
    tidy();
  });
  onStreamOpen(() => void read([...watched.keys()]));
}

/** The stock of so many products is kept; beyond that, only of those that are shown. */
const KEPT = 5_000;

function tidy(): void {
  for (const id of known.size > KEPT ? [...known.keys()] : []) {
    if (known.size <= KEPT) break;
    if (watched.has(id)) continue;
    known.delete(id);
    heardAt.delete(id);
  }
}

function letGo(ids: readonly string[]): void {
  for (const id of ids) {
    const left = (watched.get(id) ?? 1) - 1;
    if (left > 0) watched.set(id, left);
    else watched.delete(id);
  }
}
