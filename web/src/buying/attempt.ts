import { computed, ref, type Ref } from 'vue';
import {
  isJson,
  isOutcome,
  isOutcomeUnknown,
  type ApiError,
  type LineInput,
  type Result,
  type Settled,
} from '../api/index.ts';
import { newKey } from './new-key.ts';
import {
  inFlight,
  isRepeatable,
  keepPending,
  pending,
  presentVisit,
  type Pending,
} from './pending.ts';

export type AttemptState<Value> =
  | { readonly name: 'idle' }
  | { readonly name: 'sending' }
  | ({ readonly name: 'done' } & Settled<Value>)
  /** Nothing was changed. */
  | { readonly name: 'refused'; readonly error: ApiError }
  /** It may have happened: asking again, with the same key, tells. */
  | { readonly name: 'unknown' }
  /** It may have happened, and its key can't be used any more: only looking tells. */
  | { readonly name: 'lost' };

export interface Attempt<Request, Value> {
  readonly state: Ref<AttemptState<Value>>;
  /** Whether it may have happened, so that nothing else is sent in its place. */
  readonly isUnknown: Readonly<Ref<boolean>>;
  /** What is to be found out, if anything is. */
  readonly pending: Readonly<Ref<Request | null>>;
  /**
   * Sends it once, however often this is called meanwhile; what is pending is sent in its place.
   */
  send(request: Request): Promise<AttemptState<Value>>;
  /** Sends what is pending again. It happens once all the same. */
  retry(): Promise<AttemptState<Value>>;
  /** Back to the beginning, unless something is pending. */
  reset(): void;
  /** Someone has looked what became of it: it is not asked for any more. */
  forget(): void;
}

/**
 * A change that must happen once, whatever becomes of its answer: its key is kept in this window's
 * storage under `name` until its outcome is known, over reloads too. The same request has the same
 * key as long as no outcome was told.
 */
export function useAttempt<Request, Value>(
  name: string,
  isRequest: (value: unknown) => value is Request,
  perform: (request: Request, key: string) => Promise<Result<Settled<Value>>>,
): Attempt<Request, Value> {
  const pendingEntry = (): Pending | undefined => {
    const one = pending.get(name);
    return one && isRequest(one.request) ? one : undefined;
  };
  const unknown = (): AttemptState<Value> => {
    const one = pendingEntry();
    if (!one?.mayHaveHappened) return { name: 'idle' };
    return isRepeatable(one) ? { name: 'unknown' } : { name: 'lost' };
  };
  const state = ref(unknown()) as Ref<AttemptState<Value>>;

  /** The key goes with the request as long as nobody has said what became of it. */
  function pendingFor(request: Request): Pending {
    const before = pendingEntry();
    if (before && isRepeatable(before)) {
      const isSame = JSON.stringify(before.request) === JSON.stringify(request);
      if (before.mayHaveHappened || isSame) return before;
    }
    return {
      key: newKey(),
      request,
      mayHaveHappened: false,
      sentAtMs: Date.now(),
      visit: presentVisit(),
    };
  }

  async function send(request: Request): Promise<AttemptState<Value>> {
    if (inFlight.has(name) || state.value.name === 'lost') return state.value;
    const now = pendingFor(request);
    // Should this page go while the answer is on its way, nobody knows.
    keepPending(name, { ...now, mayHaveHappened: true });
    state.value = { name: 'sending' };
    inFlight.add(name);
    const result = await perform(now.request as Request, now.key);
    inFlight.delete(name);
    if (result.ok) {
      keepPending(name, null);
      state.value = { name: 'done', ...result.value };
    } else if (isOutcome(result.error)) {
      keepPending(name, null);
      state.value = { name: 'refused', error: result.error };
    } else if (isOutcomeUnknown(result.error) || now.mayHaveHappened) {
      state.value = unknown();
    } else {
      keepPending(name, now);
      state.value = { name: 'refused', error: result.error };
    }
    return state.value;
  }

  return {
    state,
    isUnknown: computed(() => state.value.name === 'unknown' || state.value.name === 'lost'),
    pending: computed(() => {
      const one = pendingEntry();
      return one?.mayHaveHappened ? (one.request as Request) : null;
    }),
    send,
    async retry() {
      const one = pendingEntry();
      return one ? send(one.request as Request) : state.value;
    },
    reset() {
      if (state.value.name === 'sending' || pendingEntry()?.mayHaveHappened) return;
      state.value = { name: 'idle' };
    },
    forget() {
      if (state.value.name === 'sending') return;
      keepPending(name, null);
      state.value = { name: 'idle' };
    },
  };
}

export function isLines(value: unknown): value is LineInput[] {
  return Array.isArray(value) && value.every((line) => isJson(line) && 'productId' in line);
}
