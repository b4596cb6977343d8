import { ref, type Ref } from 'vue';
import { isOutcomeUnknown, type ApiError, type Result, type Settled } from '../api/index.ts';
import { readStored, store } from '../stores/storage.ts';
import { newKey } from './new-key.ts';

/** A change that was sent, and whose answer is not known. */
interface Pending<Request> {
  readonly key: string;
  readonly request: Request;
}

export type AttemptState<Value> =
  | { readonly name: 'idle' }
  | { readonly name: 'sending' }
  | { readonly name: 'done'; readonly value: Value; readonly isReplay: boolean }
  /** Nothing was changed. */
  | { readonly name: 'refused'; readonly error: ApiError }
  /** It may have happened: asking again, with the same key, tells. */
  | { readonly name: 'unknown' };

export interface Attempt<Request, Value> {
  readonly state: Ref<AttemptState<Value>>;
  /** What is to be found out, if anything is. */
  readonly pending: Ref<Request | null>;
  /** Sends it once, however often this is called meanwhile. */
  send(request: Request): Promise<AttemptState<Value>>;
  /** Sends what is pending again. It happens once all the same. */
  retry(): Promise<AttemptState<Value>>;
  reset(): void;
}

/**
 * A change that must happen once, whatever becomes of its answer: its key is kept in this window's storage under `name`
 * until an answer is known, over reloads too.
 */
export function useAttempt<Request, Value>(
  name: string,
  isRequest: (value: unknown) => value is Request,
  perform: (request: Request, key: string) => Promise<Result<Settled<Value>>>,
): Attempt<Request, Value> {
  const storageName = `anaquel.pending.${name}`;
  const kept = readStored(sessionStorage, storageName);
  let current: Pending<Request> | null = isPending(kept, isRequest) ? kept : null;
  const pending = ref(current?.request ?? null) as Ref<Request | null>;
  const state = ref(current ? { name: 'unknown' } : { name: 'idle' }) as Ref<AttemptState<Value>>;

  function keep(next: Pending<Request> | null): void {
    current = next;
    pending.value = next?.request ?? null;
    store(sessionStorage, storageName, next);
  }

  async function send(request: Request): Promise<AttemptState<Value>> {
    if (state.value.name === 'sending') return state.value;
    const wasUnknown = current !== null;
    const now = current ?? { key: newKey(), request };
    keep(now);
    state.value = { name: 'sending' };
    const result = await perform(now.request, now.key);
    if (result.ok) {
      const { value, isReplay } = result.value;
      state.value = { name: 'done', value, isReplay };
      keep(null);
    } else if (
      isOutcomeUnknown(result.error) ||
      // That this request changed nothing says nothing about the one before it.
      (wasUnknown && result.error.kind === 'unavailable')
    ) {
      state.value = { name: 'unknown' };
    } else {
      state.value = { name: 'refused', error: result.error };
      keep(null);
    }
    return state.value;
  }

  return {
    state,
    pending,
    send,
    retry: async () => (current ? send(current.request) : state.value),
    reset() {
      if (state.value.name === 'sending' || current) return;
      state.value = { name: 'idle' };
    },
  };
}

function isPending<Request>(
  value: unknown,
  isRequest: (value: unknown) => value is Request,
): value is Pending<Request> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'key' in value &&
    typeof value.key === 'string' &&
    'request' in value &&
    isRequest(value.request)
  );
}

export function isLines(
  value: unknown,
): value is { productId: string; quantity: number; expectedPrice?: number }[] {
  return (
    Array.isArray(value) &&
    value.every((line: unknown) => typeof line === 'object' && line !== null && 'productId' in line)
  );
}
