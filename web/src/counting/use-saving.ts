import { useQueryCache } from '@pinia/colada';
import { useEventListener, useIntervalFn } from '@vueuse/core';
import { computed, ref, type Ref } from 'vue';
import { isOutcome, isRefusedFor, problemsOf, type ApiError } from '../api/index.ts';
import { stockKeys } from '../queries/stock.ts';
import { api } from '../gateway.ts';
import type { SharedState } from '../stores/shared-state.ts';
import { countedItems, sentItems, withOutcome, withSent } from './count-session.ts';
import type { CountedItem, CountOutcome, CountSession } from './count-session.ts';

/** So many counts are on their way at the same time. */
const COUNTS_AT_ONCE = 6;
/** Counts that wait are sent again so often, as long as the page is open. */
const RETRY_MS = 5_000;

/**
 * Saves the counts of a session, each once, by its own key. Without a connection they stay in the
 * browser, and are sent again as soon as there is one. Of several windows only the one that owns
 * the session sends.
 */
export function useSaving(
  { value: session, change }: SharedState<CountSession | null>,
  isElsewhere: Readonly<Ref<boolean>>,
) {
  const cache = useQueryCache();
  const isBusy = ref(false);
  const error = ref<ApiError | null>(null);
  const waiting = computed(() => (session.value ? sentItems(session.value) : []));

  /** Sends what is counted and has no conflict. What is counted later is sent another time. */
  async function save(): Promise<void> {
    change((now) => {
      if (now === null) return null;
      const ready = countedItems(now).filter(({ conflict }) => conflict === null);
      return withSent(now, new Set(ready.map(({ count }) => count.key)));
    });
    await send();
  }

  async function send(): Promise<void> {
    if (isBusy.value || isElsewhere.value || waiting.value.length === 0) return;
    isBusy.value = true;
    error.value = null;
    // Each round leaves fewer that wait, or is the last.
    while (waiting.value.length > 0 && (await sendSome()));
    isBusy.value = false;
    void cache.invalidateQueries({ key: stockKeys.all });
  }

  /** Whether the shop has answered of all that were sent. */
  async function sendSome(): Promise<boolean> {
    const some = waiting.value.slice(0, COUNTS_AT_ONCE);
    const outcomes = await Promise.all(some.map(sendOne));
    change((before) =>
      some.reduce((now, { count: { key } }, at) => {
        const outcome = outcomes[at];
        return now && outcome ? withOutcome(now, key, outcome) : now;
      }, before),
    );
    return outcomes.every((outcome) => outcome !== null);
  }

  /** Null while nobody knows what became of it. */
  async function sendOne({
    productId,
    expected,
    count,
  }: CountedItem): Promise<CountOutcome | null> {
    const { units: onHand, countedAt, key } = count;
    const result =
      expected === null
        ? await api.trackStock(productId, { onHand }, key)
        : await api.countStock(productId, { onHand, countedAt }, null, key);
    if (result.ok) return { kind: 'saved' };
    if (isRefusedFor(result.error, 'already-tracked')) return { kind: 'tracked' };
    const [problem] = problemsOf(result.error);
    // An earlier request with this key may have been carried out, whatever is said of this one.
    if (problem && isOutcome(result.error)) return { kind: 'refused', code: problem.code };
    if (result.error.kind !== 'outcome-unknown') error.value = result.error;
    return null;
  }

  useEventListener(window, 'online', send);
  // Where a connection comes back, the first request may still fail.
  useIntervalFn(send, RETRY_MS);
  void send();

  return { isBusy, error, waiting, save, send };
}
