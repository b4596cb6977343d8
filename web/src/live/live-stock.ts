import { onScopeDispose, reactive, watch } from 'vue';
import { api } from '../shop.ts';
import { onStockEvent, onStreamOpen } from './stock-stream.ts';

/** What can be bought now; null when nobody keeps count of it. */
type Available = number | null;

const known = reactive(new Map<string, Available>());
/** By product: how many windows' worth of components look at it. */
const watched = new Map<string, number>();
/** When each was last heard of, on a clock that counts what happens here. */
const heardAt = new Map<string, number>();
let clock = 0;
let isListening = false;

/**
 * The stock of some products, kept up to date by the stream. The function that it gives answers undefined as long as a stock is
 * not known.
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
  if (!result.ok) return;
  const levels = new Map(result.value.map((level) => [level.productId, level.available]));
  for (const id of ids) {
    // An event that came meanwhile is younger than this answer may be.
    if ((heardAt.get(id) ?? 0) <= askedAt) known.set(id, levels.get(id) ?? null);
  }
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  onStockEvent(({ data }) => {
    const { productId, available } = data;
    if (typeof productId !== 'string' || typeof available !== 'number') return;
    clock += 1;
    heardAt.set(productId, clock);
    known.set(productId, available);
  });
  onStreamOpen(() => void read([...watched.keys()]));
}

function letGo(ids: readonly string[]): void {
  for (const id of ids) {
    const left = (watched.get(id) ?? 1) - 1;
    if (left > 0) watched.set(id, left);
    else watched.delete(id);
  }
}
