import type { MatchingEvent } from '../reading/matching-event.ts';

/** An event that waits in a window. */
export interface UndeliveredEvent extends MatchingEvent {
  readonly takenAtMs: number;
  /** Counts up by one from event to event. */
  readonly number: number;
  /** Whether it is in a request, whose events stay the same. */
  isRequested: boolean;
}

/** How many events the windows of a process hold together. */
export interface WindowBudget {
  used: number;
  readonly mostEvents: number;
}

const MOST_EVENTS = 1_000;
const MOST_BYTES = 4_194_304;
/** A window may have so many when all windows together are full, and while its endpoint is down. */
export const FEW_EVENTS = 10;

/** A few events, or many if there is room, or the rest of a request that can't start without. */
type Want = 'few' | 'many' | 'rest';

/** The events of a webhook that are read and not delivered, in the order of the log. */
export interface UndeliveredEvents {
  readonly list: readonly UndeliveredEvent[];
  /** Whether there is room for a good deal of them. */
  readonly isHalfEmpty: boolean;
  /** The end of what was read of the log. */
  readonly reached: number;
  /** The end of the contiguous prefix of what is delivered. */
  readonly cursor: number;
  /** Takes the next event of the log; null when there is no room, or are as many as wanted. */
  take(event: MatchingEvent, nowMs: number, want: Want): UndeliveredEvent | null;
  /** Says that there is nothing else up to this position. */
  reach(position: number): void;
  /** Forgets neighbours of the list, which are delivered. */
  remove(events: readonly UndeliveredEvent[]): void;
  /**
   * Forgets the events at the end that will be read again: none of their positions, or after them,
   * is in a request or was.
   */
  shrink(): void;
  clear(): void;
}

export function createUndeliveredEvents(cursor: number, budget: WindowBudget): UndeliveredEvents {
  const list: UndeliveredEvent[] = [];
  let reached = cursor;
  let bytes = 0;
  let number = 0;
  /** The last position of an event that was removed. */
  let removedTo = cursor;

  function hasRoomAt(position: number, want: Want): boolean {
    const last = list.at(-1);
    // The events of one position are taken together, so that reading goes on between positions.
    if (!last || last.position === position) return true;
    if (list.length >= MOST_EVENTS || bytes >= MOST_BYTES) return false;
    if (list.length < FEW_EVENTS || want === 'rest') return true;
    return want === 'many' && budget.used < budget.mostEvents;
  }

  function forget(first: number, count: number): void {
    for (const { bytes: ofOne } of list.splice(first, count)) bytes -= ofOne;
    budget.used -= count;
  }

  return {
    list,
    get isHalfEmpty() {
      return list.length <= MOST_EVENTS / 2 && bytes <= MOST_BYTES / 2;
    },
    get reached() {
      return reached;
    },
    get cursor() {
      const [first] = list;
      return first ? first.position - 1 : reached;
    },
    take(event, nowMs, want) {
      if (!hasRoomAt(event.position, want)) {
        reached = Math.max(reached, event.position - 1);
        return null;
      }
      number += 1;
      const taken = { ...event, takenAtMs: nowMs, number, isRequested: false };
      list.push(taken);
      reached = Math.max(reached, event.position);
      bytes += event.bytes;
      budget.used += 1;
      return taken;
    },
    reach(position) {
      reached = Math.max(reached, position);
    },
    remove(events) {
      const [first] = events;
      if (!first) return;
      removedTo = Math.max(removedTo, events.at(-1)?.position ?? 0);
      forget(list.indexOf(first), events.length);
    },
    clear: () => forget(0, list.length),
    shrink() {
      const lastRequested = list.findLast(({ isRequested }) => isRequested);
      const keptTo = Math.max(removedTo, lastRequested?.position ?? 0);
      const first = list.findIndex(({ position }) => position > keptTo);
      const dropped = list[first];
      if (!dropped) return;
      reached = dropped.position - 1;
      number = dropped.number - 1;
      forget(first, list.length - first);
    },
  };
}
