import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { readStored, store } from './storage.ts';

export interface SharedState<Value> {
  readonly value: Readonly<ShallowRef<Value>>;
  /** False where the browser keeps nothing: then it lasts as long as this page. */
  readonly isKept: Readonly<Ref<boolean>>;
  /** Changes what is kept now, which may be another window's work, and answers what it is then. */
  change(edit: (now: Value) => Value): Value;
}

/**
 * A piece of work that this browser keeps over reloads and that all its windows share: each change
 * is made to the latest state, so that none overwrites another's.
 * @param read makes a state of whatever is stored; of null an empty one.
 */
export function useSharedState<Value>(
  name: string,
  read: (stored: unknown) => Value,
): SharedState<Value> {
  const stored = () => read(readStored(localStorage, name));
  const value = shallowRef(stored());
  const isKept = ref(true);

  function follow({ key }: StorageEvent): void {
    if (key === name || key === null) value.value = stored();
  }
  addEventListener('storage', follow);
  onScopeDispose(() => removeEventListener('storage', follow));

  return {
    value,
    isKept,
    change(edit) {
      const now = isKept.value ? stored() : value.value;
      const next = edit(now);
      if (next !== now) isKept.value = store(localStorage, name, next);
      value.value = next;
      return next;
    },
  };
}
