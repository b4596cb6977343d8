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
  const pendingEntry = () => pendingRequest(name, isRequest);
  const state = ref(unsettledState(pendingEntry())) as Ref<AttemptState<Value>>;

  async function send(request: Request): Promise<AttemptState<Value>> {
    if (inFlight.has(name) || state.value.name === 'lost') return state.value;
    const sent = withKey(request, pendingEntry());
    // Should this page go while the answer is on its way, nobody knows.
    keepPending(name, { ...sent, mayHaveHappened: true });
    state.value = { name: 'sending' };
    inFlight.add(name);
    const result = await perform(sent.request, sent.key);
    inFlight.delete(name);
    state.value = settle(sent, result);
    return state.value;
  }

  /** Keeps the key only while the outcome isn't known. */
  function settle(
    sent: PendingRequest<Request>,
    result: Result<Settled<Value>>,
  ): AttemptState<Value> {
    if (result.ok) {
      keepPending(name, null);
      return { name: 'done', ...result.value };
    }
    const { error } = result;
    if (isOutcome(error)) keepPending(name, null);
    else if (isOutcomeUnknown(error) || sent.mayHaveHappened) return unsettledState(pendingEntry());
    else keepPending(name, sent);
    return { name: 'refused', error };
  }

  return {
    state,
    isUnknown: computed(() => state.value.name === 'unknown' || state.value.name === 'lost'),
    pending: computed(() => {
      const entry = pendingEntry();
      return entry?.mayHaveHappened ? entry.request : null;
    }),
    send,
    async retry() {
      const entry = pendingEntry();
      return entry ? send(entry.request) : state.value;
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

interface PendingRequest<Request> extends Pending {
  readonly request: Request;
}

/** What is kept under the name, when it is a request of this kind. */
function pendingRequest<Request>(
  name: string,
  isRequest: (value: unknown) => value is Request,
): PendingRequest<Request> | undefined {
  const entry = pending.get(name);
  if (!entry || !isRequest(entry.request)) return undefined;
  return { ...entry, request: entry.request };
}

function unsettledState<Value>(entry: Pending | undefined): AttemptState<Value> {
  if (!entry?.mayHaveHappened) return { name: 'idle' };
  return isRepeatable(entry) ? { name: 'unknown' } : { name: 'lost' };
}

/** The key goes with the request as long as nobody has said what became of it. */
function withKey<Request>(
  request: Request,
  before: PendingRequest<Request> | undefined,
): PendingRequest<Request> {
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

export function isLines(value: unknown): value is LineInput[] {
  return Array.isArray(value) && value.every((line) => isJson(line) && 'productId' in line);
}
