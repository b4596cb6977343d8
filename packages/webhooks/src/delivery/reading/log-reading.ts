import type { LoggedEvent, ReadEvents } from '@anaquel/events';
import type { Clock } from '@anaquel/runtime';
import type { DeliveryWindow } from '../window/delivery-window.ts';
import { matchingEvent, productsOf } from './matching-event.ts';
import { wantsMore, type Recipient } from '../recipient.ts';
import { createSharedReading } from './shared-reading.ts';
import { FEW_EVENTS } from '../window/undelivered-events.ts';

export interface LogReadingOptions {
  readonly read: ReadEvents;
  readonly clock: Clock;
  /** Where all that share the reading have come to. */
  readonly position: number;
  /** Opens the window of a recipient that has none, unless that has to wait. */
  readonly openWindow: (recipient: Recipient) => Promise<void>;
  /** Told of a recipient for whom there may be something to send. */
  readonly onEvents: (recipient: Recipient) => void;
}

/** Reads the log once for all recipients that are not behind, and from their cursors for others. */
export interface LogReading {
  /** Up to where those that share the reading were told. */
  readonly position: number;
  /** Reads for a recipient, from its cursor until it has come up to the others. */
  add(recipient: Recipient): void;
  /** Takes a recipient out, whose window has all up to `reached` from then on. */
  remove(recipient: Recipient): void;
  /** Keeps few events in memory for a recipient whose endpoint is down. */
  makeRoom(recipient: Recipient): void;
  /** Reads one slice for all, and for some of those behind; true when there may be more. */
  round(): Promise<boolean>;
}

const ENTRIES_A_SLICE = 500;
/** For so many of those behind a slice is read in one round. */
const CATCH_UPS_A_ROUND = 4;

export function createLogReading(options: LogReadingOptions): LogReading {
  const { read, clock, openWindow, onEvents } = options;
  const behind = new Set<Recipient>();
  const shared = createSharedReading({ ...options, onBehind: fallBehind });

  function fallBehind(recipient: Recipient): void {
    recipient.phase = 'catching-up';
    behind.add(recipient);
  }

  function joinOthers(recipient: Recipient): void {
    if (shared.join(recipient)) behind.delete(recipient);
  }

  async function readFor(recipient: Recipient): Promise<void> {
    if (!behind.delete(recipient)) return;
    // It has its turn again after all others.
    behind.add(recipient);
    if (!recipient.window) await openWindow(recipient);
    const { window } = recipient;
    if (!window || recipient.phase !== 'catching-up') return;
    const { reached } = window;
    const page = await read(reached, ENTRIES_A_SLICE);
    if (recipient.window !== window || recipient.phase !== 'catching-up') return;
    // What it let go of meanwhile, for it is down, is to be read first.
    if (window.reached !== reached) return;
    if (takeAll(page.events, recipient, window, clock().getTime())) window.reach(page.position);
    onEvents(recipient);
    joinOthers(recipient);
  }

  return {
    get position() {
      return shared.position;
    },
    add(recipient) {
      behind.add(recipient);
      joinOthers(recipient);
    },
    remove(recipient) {
      behind.delete(recipient);
      if (recipient.phase === 'sharing') shared.leave(recipient);
    },
    makeRoom(recipient) {
      const { window, pace, phase } = recipient;
      if (!window || !pace.isDown || window.size <= FEW_EVENTS) return;
      if (phase === 'sharing') {
        shared.leave(recipient);
        fallBehind(recipient);
      }
      window.shrink();
    },
    async round() {
      const hasMore = await shared.round();
      const some = behind.values().filter(wantsMore).take(CATCH_UPS_A_ROUND).toArray();
      const before = some.map(({ window }) => window?.reached);
      for (const recipient of some) await readFor(recipient);
      return hasMore || some.some(({ window }, index) => window?.reached !== before[index]);
    },
  };
}

/** False when there was no room for all. */
function takeAll(
  events: readonly LoggedEvent[],
  { filter, pace }: Recipient,
  window: DeliveryWindow,
  nowMs: number,
): boolean {
  return events.every(({ position, event }) => {
    const products = productsOf(event);
    if (!filter(event, products)) return true;
    return window.offer(matchingEvent(position, event, products), nowMs, pace.isDown);
  });
}
