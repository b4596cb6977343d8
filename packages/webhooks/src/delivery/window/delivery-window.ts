import type { Delivery } from '../../webhook.ts';
import { createFreshRuns, startsInOrder } from './fresh-run.ts';
import type { MatchingEvent } from '../reading/matching-event.ts';
import { createOpenRequests, type WindowRequest } from './open-requests.ts';
import { createPinnedRequests, type PinnedRequest } from './pinned-requests.ts';
import { createUndeliveredEvents, type WindowBudget } from './undelivered-events.ts';

const MOST_IN_FLIGHT = 8;

/**
 * What a webhook is still to be told: its events from `cursor` on, as far as they were read, and
 * the requests in which they go. It does nothing by itself and knows no clock.
 *
 * A request starts only when no undelivered event before it shares a product with it, and its
 * events stay the same until it is delivered.
 */
export interface DeliveryWindow {
  /** How many events wait or are on their way. */
  readonly size: number;
  readonly inFlight: number;
  /** The end of what was read of the log. */
  readonly reached: number;
  /** The end of the contiguous prefix of what is delivered. */
  readonly cursor: number;
  /** When the oldest event was taken that is not delivered; null when all are. */
  readonly oldestTakenAtMs: number | null;
  /** Whether requests of an earlier process are not complete yet. */
  readonly hasPinned: boolean;
  /**
   * Whether there is room for a good deal of events, or of a few if these are enough. A request
   * that has begun to be put together again can't start before all of its events are there.
   */
  wantsMore(isFewEnough: boolean): boolean;
  /**
   * Takes the next event of the log; false when there is no room: it is to be read again later.
   *
   * @param isFewEnough as while the endpoint is down
   */
  offer(event: MatchingEvent, nowMs: number, isFewEnough: boolean): boolean;
  /** Says that there is nothing else up to this position. */
  reach(position: number): void;
  /** The next request, from now on in flight; null when none may start. */
  next(nowMs: number, batch: number, isOneAtATime: boolean): WindowRequest | null;
  delivered(request: WindowRequest): void;
  /** Gives it back, to be tried again. */
  failed(request: WindowRequest, next: Delivery): void;
  /** Lets all requests be tried that wait for their time. */
  makeAllDue(): void;
  /** When the first of the requests is due that wait for their time. */
  nextDueMs(): number | null;
  /** Frees memory: events at the end that are in no request will be read again. */
  shrink(): void;
  /** Lets go of all events. */
  close(): void;
}

export interface WindowOptions {
  readonly cursor: number;
  readonly budget: WindowBudget;
  /** Deliveries of an earlier process that are `pending`, oldest first. */
  readonly pinned: readonly Delivery[];
  /** Told of each of them whose request can't be put together again. */
  readonly onLost: (delivery: Delivery) => void;
}

export function createDeliveryWindow(options: WindowOptions): DeliveryWindow {
  const { cursor, budget, pinned, onLost } = options;
  const events = createUndeliveredEvents(cursor, budget);
  const fresh = createFreshRuns(events.list);
  const pins = createPinnedRequests(pinned, cursor, (delivery) => {
    fresh.reset();
    onLost(delivery);
  });
  const requests = createOpenRequests();

  const openFresh = (batch: number): WindowRequest | null => requests.openFresh(fresh.next(batch));

  /** What was delivered beyond the cursor comes again, and before what follows it. */
  function openAgain({ events: run, delivery }: PinnedRequest): void {
    requests.openAgain(run, delivery, () => startsInOrder(events.list, run));
  }

  return {
    get size() {
      return events.list.length;
    },
    get inFlight() {
      return requests.inFlight;
    },
    get reached() {
      return events.reached;
    },
    get cursor() {
      return events.cursor;
    },
    get oldestTakenAtMs() {
      return events.list[0]?.takenAtMs ?? null;
    },
    get hasPinned() {
      return pins.size > 0;
    },
    wantsMore(isFewEnough) {
      return isFewEnough ? events.list.length === 0 || pins.hasBegun : events.isHalfEmpty;
    },
    offer(event, nowMs, isFewEnough) {
      const want = pins.hasBegun ? 'rest' : isFewEnough ? 'few' : 'many';
      const taken = events.take(event, nowMs, want);
      const complete = taken && pins.take(taken);
      if (complete) openAgain(complete);
      return taken !== null;
    },
    reach(position) {
      pins.reach(position);
      events.reach(position);
    },
    next(nowMs, batch, isOneAtATime) {
      if (requests.inFlight >= (isOneAtATime ? 1 : MOST_IN_FLIGHT)) return null;
      // When one at a time is tried, it is one that may not be to blame for the failures.
      const request = isOneAtATime
        ? (openFresh(batch) ?? requests.leastTried(nowMs))
        : (requests.oldest(nowMs) ?? openFresh(batch));
      if (request) requests.start(request);
      return request;
    },
    delivered(request) {
      requests.close(request);
      events.remove(request.events);
      fresh.reset();
    },
    failed: requests.giveBack,
    makeAllDue: requests.makeAllDue,
    nextDueMs: requests.nextDueMs,
    shrink() {
      events.shrink();
      fresh.reset();
    },
    close: events.clear,
  };
}
