import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent, ReadEvents } from './cloud-event.ts';

/** Where events go. A relay owns one publisher and keeps one cursor for it. */
export interface Publisher {
  readonly name: string;
  /** Resolves once the events are handed over; a rejection makes the relay offer the same events again later. */
  publish(events: readonly CloudEvent[]): Promise<void>;
}

export interface CursorStore {
  load(relay: string): Promise<number>;
  save(relay: string, position: number): Promise<void>;
}

export interface RelayOptions {
  readonly read: ReadEvents;
  readonly publisher: Publisher;
  readonly cursors: CursorStore;
  /** Told of every failed round; the relay goes on by itself. */
  readonly onError: (error: unknown) => void;
  /** How often to look for entries that other processes wrote, in milliseconds. */
  readonly pollMs?: number;
  /** The shortest time between two saves of the cursor, in milliseconds. */
  readonly saveEveryMs?: number;
}

export interface Relay {
  /** Says that the log may have grown. Cheap, callable at any time. */
  wake(): void;
  /** Finishes the round under way, saves the cursor and ends. */
  stop(): Promise<void>;
}

const ENTRIES_A_ROUND = 500;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;

/**
 * Follows a log and hands its events to one publisher, in order and at least once.
 *
 * The log is the queue: nothing is held in memory but the round under way, and after a crash the relay goes on from the
 * cursor it saved last, so a consumer may see the events of up to `saveEveryMs` again.
 */
export function startRelay(options: RelayOptions): Relay {
  const { read, publisher, cursors, onError, pollMs = 1_000, saveEveryMs = 1_000 } = options;
  const stopping = new AbortController();
  let awake = new AbortController();
  let position = 0;
  let savedPosition = 0;
  let savedAtMs = 0;

  async function saveCursor(): Promise<void> {
    if (position === savedPosition) return;
    await cursors.save(publisher.name, position);
    savedPosition = position;
    savedAtMs = Date.now();
  }

  /** One slice of the log; true when there may be more behind it. */
  async function round(): Promise<boolean> {
    const page = await read(position, ENTRIES_A_ROUND);
    if (page.position === position) return false;
    await publisher.publish(page.events.map((logged) => logged.event));
    const full = page.position - position >= ENTRIES_A_ROUND;
    position = page.position;
    if (Date.now() - savedAtMs >= saveEveryMs) await saveCursor();
    return full;
  }

  /** Waits without failing: an aborted sleep is how a wake or a stop arrives. */
  async function pause(milliseconds: number, wakeable: boolean): Promise<void> {
    const signals = wakeable ? [stopping.signal, awake.signal] : [stopping.signal];
    await sleep(milliseconds, undefined, { signal: AbortSignal.any(signals) }).catch(() => {});
  }

  async function follow(): Promise<void> {
    let loaded = false;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!stopping.signal.aborted) {
      try {
        if (!loaded) {
          position = savedPosition = await cursors.load(publisher.name);
          loaded = true;
        }
        // Renewed before the read, so that a wake during the read is not lost.
        if (awake.signal.aborted) awake = new AbortController();
        if (await round()) continue;
        backoffMs = FIRST_BACKOFF_MS;
        if (position !== savedPosition && Date.now() - savedAtMs >= saveEveryMs) await saveCursor();
        await pause(pollMs, true);
      } catch (error) {
        onError(error);
        await pause(backoffMs, false);
        backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      }
    }
  }

  const following = follow();
  return {
    wake: () => awake.abort(),
    async stop() {
      stopping.abort();
      await following;
      await saveCursor().catch(onError);
    },
  };
}
