/** So many values that found no room are asked for before all are forgotten. */
const MAX_OTHERS = 100_000;

/**
 * Values by their keys, within some room. The first are kept: where all of many are asked for, to
 * replace one by another each time costs more than it saves. When many others were asked for, all
 * begins anew.
 */
export interface KeptValues<Key, Value> {
  get(key: Key): Value | undefined;
  /** @param size in the unit of the room */
  keep(key: Key, value: Value, size: number): void;
  clear(): void;
}

interface KeptValue<Value> {
  readonly value: Value;
  readonly size: number;
}

/** @param room how large all values together may be, in a unit of the caller's */
export function createKeptValues<Key, Value>(room: number): KeptValues<Key, Value> {
  const kept = new Map<Key, KeptValue<Value>>();
  let used = 0;
  let others = 0;

  function clear(): void {
    kept.clear();
    used = 0;
    others = 0;
  }

  return {
    get: (key) => kept.get(key)?.value,
    keep(key, value, size) {
      if (size > room) return;
      const free = room - used + (kept.get(key)?.size ?? 0);
      if (size > free) {
        others += 1;
        if (others < MAX_OTHERS) return;
        clear();
      }
      used += size - (kept.get(key)?.size ?? 0);
      kept.set(key, { value, size });
    },
    clear,
  };
}
