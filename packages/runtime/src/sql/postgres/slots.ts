/** A bounded number of users at the same time; more wait their turn, first come, first served. */
export interface Slots {
  /** @throws when none is free within `patienceMs`, or too many wait already. */
  take(patienceMs: number): Promise<void>;
  free(): void;
}

const MAX_WAITING = 10_000;

export function createSlots(count: number): Slots {
  let taken = 0;
  const waiting = new Set<() => void>();

  return {
    take(patienceMs) {
      if (taken < count) {
        taken += 1;
        return Promise.resolve();
      }
      if (waiting.size >= MAX_WAITING)
        return Promise.reject(new Error(`${MAX_WAITING} wait for a connection already`));
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(begin);
          reject(new Error(`All ${count} connections were busy for ${patienceMs / 1_000} s`));
        }, patienceMs);
        const begin = () => {
          clearTimeout(timer);
          resolve();
        };
        waiting.add(begin);
      });
    },
    free() {
      const [next] = waiting;
      if (next === undefined) {
        taken -= 1;
        return;
      }
      // The slot goes from hand to hand.
      waiting.delete(next);
      next();
    },
  };
}
