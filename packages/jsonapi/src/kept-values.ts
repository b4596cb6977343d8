/** When so many values found no room, all are forgotten. */
const MAX_REFUSED = 100_000;

/**
 * Values by their keys, within some room. When it is full, new ones are refused, since to replace
 * one by another each time costs more than it saves where all of many are asked for. After many
 * refusals all values are forgotten, and the next ones are kept.
 */
export interface KeptValues<Key, Value> {
  get(key: Key): Value | undefined;
  /**
   * Keeps a value, or none for this key if there is no room.
   * @param size in the unit of the room
   */
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
  let refused = 0;

  function clear(): void {
    kept.clear();
    used = 0;
    refused = 0;
  }

  function forget(key: Key): void {
    used -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  }

  return {
    get: (key) => kept.get(key)?.value,
    keep(key, value, size) {
      forget(key);
      if (size > room) return;
      if (used + size > room) {
        refused += 1;
        if (refused < MAX_REFUSED) return;
        clear();
      }
      used += size;
      kept.set(key, { value, size });
    },
    clear,
  };
}
