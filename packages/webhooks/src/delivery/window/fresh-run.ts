import type { UndeliveredEvent } from './undelivered-events.ts';

/** A request has no further event beyond it. */
const MOST_BYTES_A_REQUEST = 262_144;

/** Finds what may be delivered next among events that are added at the end. */
export interface FreshRuns {
  /**
   * The first run of events, without a gap, that are in no request and may be delivered now: no
   * event before them shares a product with it. They are in a request from then on. Empty when
   * there is none.
   *
   * @param batch how many at most
   */
  next(batch: number): UndeliveredEvent[];
  /** Says that events were taken away, or are in no request any more: all are looked at again. */
  reset(): void;
}

export function createFreshRuns(events: readonly UndeliveredEvent[]): FreshRuns {
  /** The products of those that were looked at: whatever shares one with them has to wait. */
  const waiting = new Set<string>();
  let lookedAt = 0;

  function mayStart({ isRequested, products }: UndeliveredEvent): boolean {
    return !isRequested && !products.some((product) => waiting.has(product));
  }

  function pass({ products }: UndeliveredEvent): void {
    for (const product of products) waiting.add(product);
    lookedAt += 1;
  }

  function runFrom(first: UndeliveredEvent, batch: number): UndeliveredEvent[] {
    const run = [first];
    let { bytes } = first;
    for (let at = lookedAt + 1; run.length < batch && bytes < MOST_BYTES_A_REQUEST; at += 1) {
      const event = events[at];
      if (!event || event.number !== first.number + run.length || !mayStart(event)) break;
      run.push(event);
      bytes += event.bytes;
    }
    return run;
  }

  return {
    next(batch) {
      for (;;) {
        const event = events[lookedAt];
        if (!event) return [];
        if (mayStart(event)) {
          const run = runFrom(event, batch);
          for (const one of run) {
            one.isRequested = true;
            pass(one);
          }
          return run;
        }
        pass(event);
      }
    },
    reset() {
      waiting.clear();
      lookedAt = 0;
    },
  };
}

/** Whether none of the events before these shares a product with them. */
export function startsInOrder(
  events: readonly UndeliveredEvent[],
  run: readonly UndeliveredEvent[],
): boolean {
  const [first] = run;
  const products = new Set(run.flatMap((event) => event.products));
  for (const event of events) {
    if (event === first) break;
    if (event.products.some((product) => products.has(product))) return false;
  }
  return true;
}
