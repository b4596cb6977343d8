import type { Delivery } from '../../webhook.ts';
import type { UndeliveredEvent } from './undelivered-events.ts';

/** A run of events of a webhook, without a gap, that is delivered together. */
export interface WindowRequest {
  readonly events: readonly UndeliveredEvent[];
  /** What is to record its next attempt; null before the first. */
  readonly delivery: Delivery | null;
}

interface OpenRequest extends WindowRequest {
  delivery: Delivery | null;
  dueMs: number;
  isInFlight: boolean;
  /** Null when nothing stands against it. */
  mayStart: (() => boolean) | null;
}

/** The requests of a webhook that are not delivered: in flight, or waiting for their time. */
export interface OpenRequests {
  readonly inFlight: number;
  /** Opens one that may start at once; null for no events. */
  openFresh(events: readonly UndeliveredEvent[]): WindowRequest | null;
  /** Opens one of an earlier process, which may start when this says so, and from then on. */
  openAgain(
    events: readonly UndeliveredEvent[],
    delivery: Delivery,
    mayStart: () => boolean,
  ): WindowRequest;
  /** The one that was opened first, of those that are due. */
  oldest(nowMs: number): WindowRequest | null;
  /** The one that was tried least, of those that are due. */
  leastTried(nowMs: number): WindowRequest | null;
  start(request: WindowRequest): void;
  /** It waits from now on until its next delivery is due. */
  giveBack(request: WindowRequest, next: Delivery): void;
  close(request: WindowRequest): void;
  makeAllDue(): void;
  /** When the first one is due that waits. */
  nextDueMs(): number | null;
}

export function createOpenRequests(): OpenRequests {
  const all = new Map<WindowRequest, OpenRequest>();
  let inFlight = 0;

  const waiting = (): OpenRequest[] => [...all.values()].filter(({ isInFlight }) => !isInFlight);
  const due = (nowMs: number): OpenRequest[] =>
    waiting().filter((request) => request.dueMs <= nowMs && (request.mayStart?.() ?? true));

  function add(request: OpenRequest): WindowRequest {
    all.set(request, request);
    return request;
  }

  function land(request: WindowRequest): OpenRequest | undefined {
    const open = all.get(request);
    if (open?.isInFlight) {
      open.isInFlight = false;
      inFlight -= 1;
    }
    return open;
  }

  return {
    get inFlight() {
      return inFlight;
    },
    openFresh: (events) =>
      events.length === 0
        ? null
        : add({ events, delivery: null, dueMs: 0, isInFlight: false, mayStart: null }),
    openAgain: (events, delivery, mayStart) =>
      add({
        events,
        delivery,
        dueMs: Date.parse(delivery.attemptAt),
        isInFlight: false,
        mayStart,
      }),
    oldest: (nowMs) => due(nowMs)[0] ?? null,
    leastTried: (nowMs) => due(nowMs).toSorted((a, b) => attemptOf(a) - attemptOf(b))[0] ?? null,
    start(request) {
      const open = all.get(request);
      if (!open || open.isInFlight) return;
      open.isInFlight = true;
      open.mayStart = null;
      inFlight += 1;
    },
    giveBack(request, next) {
      const open = land(request);
      if (!open) return;
      open.delivery = next;
      open.dueMs = Date.parse(next.attemptAt);
    },
    close(request) {
      land(request);
      all.delete(request);
    },
    makeAllDue() {
      for (const request of all.values()) request.dueMs = 0;
    },
    nextDueMs: () => waiting().reduce<number | null>(earlier, null),
  };
}

const attemptOf = ({ delivery }: OpenRequest): number => delivery?.attempt ?? 0;

function earlier(earliestMs: number | null, { dueMs }: OpenRequest): number {
  return earliestMs === null ? dueMs : Math.min(earliestMs, dueMs);
}
