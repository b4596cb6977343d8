import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { ReadEvents } from './cloud-event.ts';
import { eventFrames, openingFrame, type EventView } from './event-frames.ts';
import { createLiveReaders, type LiveReaders } from './live-readers.ts';
import { drained, endSoon, writeHeartbeat, type StreamReader } from './stream-reader.ts';

export interface EventStreamsOptions {
  readonly read: ReadEvents;
  /**
   * Told of every failed read. The streams at the end of the log wait for the next; one that was
   * catching up is cut off.
   */
  readonly onError: (error: unknown) => void;
  /** How often to look for entries that other processes wrote, in milliseconds. */
  readonly pollMs?: number;
  readonly heartbeatMs?: number;
  /** How many streams there may be at once. */
  readonly most?: number;
}

export interface EventStreams {
  /** How many there are now. */
  readonly size: number;
  /** False while there are as many streams as there may be, and after `stop`. */
  hasRoom(): boolean;
  /**
   * Writes every event after the position `after`, in order, until the reader goes. One that takes
   * too little is cut off: it comes back with the last position it saw.
   */
  open(out: Writable, stream: { readonly after: number; readonly view: EventView }): void;
  /** Says that the log may have grown. Cheap, callable at any time. */
  wake(): void;
  /** Ends every stream, at once. */
  stop(): void;
}

const MOST_STREAMS = 1_000;
const ENTRIES_A_READ = 500;
const RETRY_MS = 1_000;

/**
 * Shows a log to many readers as it grows. A reader catches up by reads of its own, as fast as it
 * takes them; at the end of the log it joins the others, for whom each slice is read and put into
 * words once.
 */
export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { read, onError, most = MOST_STREAMS, pollMs = 1_000, heartbeatMs = 15_000 } = options;
  const readers = new Set<StreamReader>();
  const liveReaders = createLiveReaders(read, ENTRIES_A_READ, onError);
  const catchUp = createCatchUp(read, liveReaders, (reader) => readers.has(reader));
  let stopped = false;

  function beat(): void {
    for (const reader of readers) writeHeartbeat(reader);
  }

  const timers = [setInterval(liveReaders.poll, pollMs), setInterval(beat, heartbeatMs)];
  for (const timer of timers) timer.unref();

  return {
    get size() {
      return readers.size;
    },
    wake: liveReaders.wake,
    hasRoom: () => !stopped && readers.size < most,
    open(out, { after, view }) {
      if (stopped || out.destroyed) return void out.destroy();
      const reader: StreamReader = { out, view, position: after, stalled: false };
      readers.add(reader);
      out.on('error', ignore);
      out.on('drain', () => {
        reader.stalled = false;
      });
      out.once('close', () => {
        readers.delete(reader);
        liveReaders.remove(reader);
      });
      out.write(openingFrame(after, RETRY_MS));
      catchUp(reader).catch((error: unknown) => {
        onError(error);
        out.destroy();
      });
    },
    stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      for (const reader of readers) endSoon(reader);
      readers.clear();
      liveReaders.clear();
    },
  };
}

/** Makes the function that writes the log to a reader until it has joined those who are live. */
function createCatchUp(
  read: ReadEvents,
  liveReaders: LiveReaders,
  isOpen: (reader: StreamReader) => boolean,
): (reader: StreamReader) => Promise<void> {
  let turns: Promise<unknown> = Promise.resolve();

  /** One slice for one reader; true while there is more. */
  async function writeSlice(reader: StreamReader): Promise<boolean> {
    if (!isOpen(reader)) return false;
    const { out, view, position } = reader;
    const page = await read(position, ENTRIES_A_READ);
    if (!isOpen(reader)) return false;
    const frames = eventFrames(page.events, view);
    if (frames.length > 0) out.write(frames);
    reader.position = page.position;
    const isFull = page.position - position >= ENTRIES_A_READ;
    return isFull || !liveReaders.join(reader);
  }

  return async (reader) => {
    for (let more = true; more;) {
      if (reader.out.writableNeedDrain) await drained(reader);
      // One slice for one reader at a time: many who catch up at once must not hold up everything
      // else.
      const slice = turns.then(() => writeSlice(reader));
      turns = slice.then(() => setImmediate(), ignore);
      more = await slice;
    }
  };
}

function ignore(): void {}
