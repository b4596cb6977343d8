import { createPauses } from '@anaquel/runtime';
import type { EventText, ReadEventTexts } from './event-text.ts';

/** Where events go. A relay owns one publisher and keeps one cursor for it. */
export interface Publisher {
  readonly name: string;
  /**
   * Connects if need be, and says after which position to publish: less than `position` when the
   * broker has lost some. Called before each slice is read, and `publish` fails without it.
   */
  resume?(position: number): Promise<number>;
  /**
   * Resolves once the events are handed over; a rejection makes the relay offer the same events
   * again later.
   */
  publish(events: readonly EventText[]): Promise<void>;
  /** Lets go of what it holds, at the end of the relay. */
  close?(): Promise<void>;
}

export interface CursorStore {
  load(relay: string): Promise<number>;
  save(relay: string, position: number): Promise<void>;
}

export interface RelayOptions {
  /** Gives what may be published. */
  readonly read: ReadEventTexts;
  readonly publisher: Publisher;
  readonly cursors: CursorStore;
  /** Told each time that all the log had is published. */
  readonly onCaughtUp?: () => void;
  /** Told of every failed round; the relay goes on by itself. */
  readonly onError: (error: unknown) => void;
  /** How often to look for entries that other processes wrote, in milliseconds. */
  readonly pollMs?: number;
  /** How long what was published may go unsaved, in milliseconds, if it is less than a slice. */
  readonly saveEveryMs?: number;
}

export interface Relay {
  /** Says that the log may have grown. Cheap, callable at any time. */
  wake(): void;
  /** Finishes the round under way, saves the cursor and ends. */
  stop(): Promise<void>;
}

/** So many may be published and not saved, or on their way: they come again after a failure. */
const ENTRIES_A_SLICE = 500;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
const SETTLE_MS = 50;
const STOP_PATIENCE_MS = 1_000;

/**
 * Follows a log and hands its events to one publisher, in order and at least once.
 *
 * The log is the queue: nothing is held in memory but the round under way, and after a crash the
 * relay goes on from the cursor it saved last, so a consumer may see the events of up to 500
 * entries again.
 */
export function startRelay(options: RelayOptions): Relay {
  const { read, publisher, cursors, onError, pollMs = 1_000, saveEveryMs = 1_000 } = options;
  let position = 0;
  let savedPosition = 0;
  let savedAtMs = -Infinity;
  let stopping = false;
  const pauses = createPauses();
  /** Whether the log may have grown since the last read began. */
  let woken = false;
  let idle = false;

  async function saveCursor(): Promise<void> {
    if (position === savedPosition) return;
    await cursors.save(publisher.name, position);
    savedPosition = position;
    savedAtMs = performance.now();
  }

  /** One slice of the log; true when there may be more behind it. */
  async function round(): Promise<boolean> {
    position = (await publisher.resume?.(position)) ?? position;
    if (position - savedPosition >= ENTRIES_A_SLICE) await saveCursor();
    const limit = ENTRIES_A_SLICE - Math.max(0, position - savedPosition);
    const page = await read(position, limit);
    const entries = page.position - position;
    if (entries > 0) await publisher.publish(page.events);
    position = page.position;
    if (performance.now() - savedAtMs >= saveEveryMs) await saveCursor();
    return entries >= limit;
  }

  async function untilWoken(): Promise<void> {
    options.onCaughtUp?.();
    idle = true;
    if (!woken) await pauses.pause(pollMs);
    idle = false;
    // What a busy log gains meanwhile is read in one slice, which costs less than many.
    await pauses.pause(SETTLE_MS);
  }

  async function follow(): Promise<void> {
    let loaded = false;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!stopping) {
      try {
        if (!loaded) {
          position = savedPosition = await cursors.load(publisher.name);
          loaded = true;
        }
        woken = false;
        const more = await round();
        backoffMs = FIRST_BACKOFF_MS;
        if (!more) await untilWoken();
      } catch (error) {
        if (stopping) break;
        onError(error);
        await pauses.pause(backoffMs);
        backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      }
    }
  }

  const following = follow();
  return {
    wake() {
      woken = true;
      if (idle) pauses.endCurrent();
    },
    async stop() {
      stopping = true;
      pauses.endAll();
      // A publisher that hangs must not hold up the end: what it was given is offered again at the
      // next start.
      const patience = new Promise((resolve) => setTimeout(resolve, STOP_PATIENCE_MS).unref());
      await Promise.race([following, patience]);
      await saveCursor().catch(onError);
      await publisher.close?.().catch(onError);
    },
  };
}
