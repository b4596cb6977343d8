import { setImmediate } from 'node:timers/promises';
import type { LoggedEvent, ReadEvents } from './cloud-event.ts';
import { eventFrames, type EventView } from './event-frames.ts';
import { writeFrames, type StreamReader } from './stream-reader.ts';

/** Readers who have caught up: each slice of the log is read and put into words once for all. */
export interface LiveReaders {
  /** Takes in a reader, unless what the others have seen is ahead of it: then false. */
  join(reader: StreamReader): boolean;
  remove(reader: StreamReader): void;
  /** Says that the log may have grown. Cheap, callable at any time. */
  wake(): void;
  /** Reads on at once. */
  poll(): void;
  /** Forgets all readers. */
  clear(): void;
}

const SETTLE_MS = 10;

export function createLiveReaders(
  read: ReadEvents,
  entriesARead: number,
  onError: (error: unknown) => void,
): LiveReaders {
  /** None is behind `end`. */
  const readers = new Set<StreamReader>();
  /** What the reads have reached; it never goes back. */
  let end = 0;
  let reading = false;
  /** Whether the log may have grown since the read under way began. */
  let woken = false;
  let settling: NodeJS.Timeout | undefined;

  async function readOn(): Promise<void> {
    woken = true;
    if (reading) return;
    reading = true;
    try {
      while (woken && readers.size > 0) {
        woken = false;
        const start = end;
        const { events, position } = await read(start, entriesARead);
        deliver(readers, events, { start, end: position });
        end = Math.max(end, position);
        if (position - start >= entriesARead) woken = true;
        // So that sockets can take this slice before the next one counts against them.
        await setImmediate();
      }
    } catch (error) {
      onError(error);
    } finally {
      reading = false;
    }
  }

  function wake(): void {
    if (readers.size === 0 || settling) return;
    // What a busy log gains meanwhile is told in one piece. Many readers cost more, so they are
    // told less often.
    const settleMs = SETTLE_MS + readers.size / 10;
    settling = setTimeout(() => {
      settling = undefined;
      void readOn();
    }, settleMs).unref();
  }

  return {
    join(reader) {
      if (reader.position < end) return false;
      if (readers.size === 0) end = reader.position;
      readers.add(reader);
      // For what was committed since its last read, while nobody was there to be woken.
      wake();
      return true;
    },
    remove: (reader) => void readers.delete(reader),
    wake,
    poll: () => void readOn(),
    clear() {
      clearTimeout(settling);
      readers.clear();
    },
  };
}

/** The entries of a slice, to everyone who has not seen them. */
function deliver(
  readers: Iterable<StreamReader>,
  events: readonly LoggedEvent[],
  slice: { readonly start: number; readonly end: number },
): void {
  const shared = new Map<EventView, Buffer>();
  for (const reader of readers) {
    const { view, position } = reader;
    if (position >= slice.end) continue;
    let frames = shared.get(view);
    if (position > slice.start)
      frames = eventFrames(
        events.filter((event) => event.position > position),
        view,
      );
    else if (!frames) shared.set(view, (frames = eventFrames(events, view)));
    reader.position = slice.end;
    writeFrames(reader, frames);
  }
}
