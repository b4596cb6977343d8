import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LoggedEvent, ReadEvents } from '@anaquel/events';
import type { Clock } from '@anaquel/runtime';
import { matchingEvent, productsOf } from './matching-event.ts';
import type { Recipient } from '../recipient.ts';
import { createWebhookIndex } from './webhook-index.ts';

export interface SharedReadingOptions {
  readonly read: ReadEvents;
  readonly clock: Clock;
  /** Where all that will share the reading have come to. */
  readonly position: number;
  /** Told of a recipient for whom there may be something to send. */
  readonly onEvents: (recipient: Recipient) => void;
  /** Told of one that leaves because it has no room for more events. */
  readonly onBehind: (recipient: Recipient) => void;
}

/** Reads the log once for all recipients that have come up to it. */
export interface SharedReading {
  /** Up to where those that share it were told. */
  readonly position: number;
  /** Lets a recipient share it if it has read as much, and says whether it does. */
  join(recipient: Recipient): boolean;
  /** Its window has all up to `reached` from then on. */
  leave(recipient: Recipient): void;
  /** Reads a slice; true when there may be more. */
  round(): Promise<boolean>;
}

const ENTRIES_A_SLICE = 500;
/** After so many others have a turn. */
const OFFERS_A_TURN = 2_000;

export function createSharedReading(options: SharedReadingOptions): SharedReading {
  const { read, clock, onEvents, onBehind } = options;
  const sharing = createWebhookIndex<Recipient>();
  let { position } = options;

  function offerToAll({ position: at, event }: LoggedEvent, nowMs: number): number {
    const products = productsOf(event);
    const recipients = sharing.find(event, products);
    if (recipients.size === 0) return 0;
    const matching = matchingEvent(at, event, products);
    for (const recipient of recipients) {
      const { window, pace, sharesAfter } = recipient;
      if (!window || at <= sharesAfter) continue;
      if (window.offer(matching, nowMs, pace.isDown)) {
        onEvents(recipient);
      } else {
        sharing.remove(recipient);
        onBehind(recipient);
      }
    }
    return recipients.size;
  }

  return {
    get position() {
      return position;
    },
    join(recipient) {
      const { window, webhook } = recipient;
      if (!window || window.hasPinned || window.reached < position) return false;
      if (sharing.size === 0) position = window.reached;
      recipient.sharesAfter = window.reached;
      recipient.phase = 'sharing';
      sharing.add(recipient, webhook);
      return true;
    },
    leave(recipient) {
      sharing.remove(recipient);
      recipient.window?.reach(position);
    },
    async round() {
      if (sharing.size === 0) return false;
      const begin = position;
      const page = await read(begin, ENTRIES_A_SLICE);
      const nowMs = clock().getTime();
      let offers = 0;
      let offeredTo = begin;
      for (const logged of page.events) {
        if (offers >= OFFERS_A_TURN && logged.position > offeredTo) {
          // Whoever leaves meanwhile was told of everything before this position.
          position = logged.position - 1;
          offers = 0;
          await nextTurn();
        }
        offers += offerToAll(logged, nowMs);
        offeredTo = logged.position;
      }
      position = page.position;
      return position - begin >= ENTRIES_A_SLICE;
    },
  };
}
