import { useQueryCache } from '@pinia/colada';
import { useEventListener, useIntervalFn } from '@vueuse/core';
import { computed, ref } from 'vue';
import { isOutcome, isOutcomeUnknown, problemsOf } from '../api/index.ts';
import type { ApiError, Operation } from '../api/index.ts';
import { newKey } from '../buying/new-key.ts';
import { isRepeatable, presentVisit } from '../buying/pending.ts';
import { stockKeys } from '../queries/stock.ts';
import { api } from '../gateway.ts';
import type { SharedState } from '../stores/shared-state.ts';
import { countedItems, operationsOf, withConflicts, withTracked } from './count-session.ts';
import type { CountSession, Saving } from './count-session.ts';

/** When others begin to track products meanwhile, counts are sent anew so often. */
const MOST_TRIES = 3;
/** Counts that wait are sent again so often, as long as the page is open and their key lasts. */
const RETRY_MS = 5_000;

/**
 * Saves the counts of a session together. Without a connection they stay in the browser with their
 * key, and are sent again as soon as there is one.
 */
export function useSaving({ value: session, change }: SharedState<CountSession | null>) {
  const cache = useQueryCache();
  const isBusy = ref(false);
  const error = ref<ApiError | null>(null);

  /** Sends them, or asks again for their outcome. Answers whether they are saved. */
  async function save(): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    let saved: boolean | 'again' = 'again';
    for (let tries = 1; saved === 'again' && tries <= MOST_TRIES; tries += 1)
      saved = await saveOnce();
    isBusy.value = false;
    return saved === true;
  }

  async function saveOnce(): Promise<boolean | 'again'> {
    error.value = null;
    const isRepeated = session.value?.saving !== null;
    // Another window may have sent them meanwhile: then this asks for the same.
    const sent = change((now) => now && { ...now, saving: now.saving ?? newSaving(now) });
    if (!sent?.saving || !isRepeatable(sent.saving)) return false;
    const { saving } = sent;
    const operations = operationsOf(sent, saving.request);
    const result = await api.operateStock(operations, saving.key);
    if (result.ok) {
      end(saving, () => null);
      void cache.invalidateQueries({ key: stockKeys.all });
      return true;
    }
    if (isOutcomeUnknown(result.error)) return false;
    // An earlier request with this key may have been carried out, whatever is said of this one.
    if (isRepeated && !isOutcome(result.error)) return refuse(result.error);
    const { conflicts, trackedIds } = refusalsIn(result.error, operations);
    end(saving, (now) =>
      withTracked(withConflicts({ ...now, saving: null }, conflicts), trackedIds),
    );
    if (conflicts.size === 0 && trackedIds.length > 0) return 'again';
    return conflicts.size > 0 ? false : refuse(result.error);
  }

  function refuse(reason: ApiError): false {
    error.value = reason;
    return false;
  }

  function end(saving: Saving, how: (now: CountSession) => CountSession | null): void {
    change((now) => (now?.saving?.key === saving.key ? how(now) : now));
  }

  function saveAgain(): void {
    if (session.value?.saving) void save();
  }
  useEventListener(window, 'online', saveAgain);
  // Where a connection comes back, the first request may still fail.
  useIntervalFn(saveAgain, RETRY_MS);
  saveAgain();

  return {
    isBusy,
    error,
    isUnknown: computed(() => Boolean(session.value?.saving) && !isBusy.value),
    isLost: computed(() => {
      const saving = session.value?.saving;
      return Boolean(saving && !isRepeatable(saving));
    }),
    save,
    /** Somebody has looked what became of them. */
    forget: () => void change((now) => now && { ...now, saving: null }),
  };
}

function newSaving(session: CountSession): Saving {
  return {
    key: newKey(),
    request: countedItems(session).map(({ productId }) => productId),
    // Should this page go while the answer is on its way, nobody knows.
    mayHaveHappened: true,
    sentAtMs: Date.now(),
    visit: presentVisit(),
  };
}

/** What a refusal says of each product that it names, by the codes of the shop. */
function refusalsIn(error: ApiError, operations: readonly Operation[]) {
  const conflicts = new Map<string, string>();
  const trackedIds: string[] = [];
  for (const { pointer, code } of problemsOf(error)) {
    const at = /^\/atomic:operations\/(\d+)/.exec(pointer ?? '')?.[1];
    const id = at === undefined ? undefined : operations[Number(at)]?.data.id;
    if (id === undefined) continue;
    if (code === 'already-tracked') trackedIds.push(id);
    else conflicts.set(id, code);
  }
  return { conflicts, trackedIds };
}
