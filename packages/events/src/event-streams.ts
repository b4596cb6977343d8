import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { LoggedEvent, ReadEvents } from './cloud-event.ts';
import { eventFrames, HEARTBEAT_FRAME, openingFrame, type EventView } from './event-frames.ts';

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

interface Reader {
  readonly out: Writable;
  readonly view: EventView;
  /** The last entry written to it. */
  position: number;
  /** Whether it took nothing since the last heartbeat although something waits. */
  stalled: boolean;
}

/** A reader for whom more than this waits when there is more to say is cut off. */
const MOST_WAITING_BYTES = 1_048_576;
const MOST_STREAMS = 1_000;
const ENTRIES_A_READ = 500;
const RETRY_MS = 1_000;
const SETTLE_MS = 10;
const END_PATIENCE_MS = 250;

/**
 * Shows a log to many readers as it grows. A reader catches up by reads of its own, as fast as it
 * takes them; at the end of the log it joins the others, for whom each slice is read and put into
 * words once.
 */
export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { read, onError, most = MOST_STREAMS } = options;
  const { pollMs = 1_000, heartbeatMs = 15_000 } = options;
  const readers = new Set<Reader>();
  /** Those that have caught up. None is behind `end`. */
  const live = new Set<Reader>();
  /** What the shared reads have reached; it never goes back. */
  let end = 0;
  let reading = false;
  /** Whether the log may have grown since the shared read under way began. */
  let woken = false;
  let settling: NodeJS.Timeout | undefined;
  let stopped = false;
  let turns: Promise<unknown> = Promise.resolve();

  /** What was read after `start`, to everyone live who has not seen it. */
  function deliver(events: readonly LoggedEvent[], start: number, position: number): void {
    const shared = new Map<EventView, Buffer>();
    for (const reader of live) {
      if (reader.position >= position) continue;
      const { view, out, position: readerPosition } = reader;
      let frames = shared.get(view);
      if (readerPosition > start)
        frames = eventFrames(
          events.filter((event) => event.position > readerPosition),
          view,
        );
      else if (!frames) shared.set(view, (frames = eventFrames(events, view)));
      reader.position = position;
      if (out.writableLength > MOST_WAITING_BYTES) out.destroy();
      else if (frames.length > 0) out.write(frames);
    }
    end = Math.max(end, position);
  }

  async function readOn(): Promise<void> {
    woken = true;
    if (reading) return;
    reading = true;
    try {
      while (woken && live.size > 0) {
        woken = false;
        const start = end;
        const page = await read(start, ENTRIES_A_READ);
        deliver(page.events, start, page.position);
        if (page.position - start >= ENTRIES_A_READ) woken = true;
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
    if (live.size === 0 || settling) return;
    // What a busy log gains meanwhile is told in one piece. Many readers cost more, so they are
    // told less often.
    const settleMs = SETTLE_MS + live.size / 10;
    settling = setTimeout(() => {
      settling = undefined;
      void readOn();
    }, settleMs).unref();
  }

  /** One slice for one reader; true while there is more. */
  async function catchUp(reader: Reader): Promise<boolean> {
    if (!readers.has(reader)) return false;
    const { out, view, position } = reader;
    const page = await read(position, ENTRIES_A_READ);
    if (!readers.has(reader)) return false;
    const frames = eventFrames(page.events, view);
    if (frames.length > 0) out.write(frames);
    reader.position = page.position;
    if (page.position - position >= ENTRIES_A_READ || page.position < end) return true;
    if (live.size === 0) end = page.position;
    live.add(reader);
    // For what was committed since the read, while nobody was there to be woken.
    wake();
    return false;
  }

  async function follow(reader: Reader): Promise<void> {
    try {
      for (let more = true; more;) {
        if (reader.out.writableNeedDrain) await drained(reader.out);
        // One slice for one reader at a time: many who catch up at once must not hold up everything
        // else.
        const slice = turns.then(() => catchUp(reader));
        turns = slice.then(() => setImmediate(), ignore);
        more = await slice;
      }
    } catch (error) {
      onError(error);
      reader.out.destroy();
    }
  }

  function beat(): void {
    for (const reader of readers) {
      const { out, stalled } = reader;
      reader.stalled = out.writableNeedDrain;
      if (stalled || out.writableLength > MOST_WAITING_BYTES) out.destroy();
      else if (!reader.stalled) out.write(HEARTBEAT_FRAME);
    }
  }

  const timers = [setInterval(() => void readOn(), pollMs), setInterval(beat, heartbeatMs)];
  for (const timer of timers) timer.unref();

  return {
    wake,
    hasRoom: () => !stopped && readers.size < most,
    open(out, { after, view }) {
      if (stopped || out.destroyed) return void out.destroy();
      const reader: Reader = { out, view, position: after, stalled: false };
      readers.add(reader);
      out.on('error', ignore);
      out.on('drain', () => {
        reader.stalled = false;
      });
      out.once('close', () => {
        readers.delete(reader);
        live.delete(reader);
      });
      out.write(openingFrame(after, RETRY_MS));
      void follow(reader);
    },
    stop() {
      stopped = true;
      for (const timer of [...timers, settling]) clearTimeout(timer);
      for (const { out } of readers) endSoon(out);
      readers.clear();
      live.clear();
    },
  };
}

/** Resolves when more can be written, or never again. */
function drained(out: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    out.off('drain', done).off('close', done);
    resolve();
  };
  out.on('drain', done).on('close', done);
  return promise;
}

/** Ends well for whoever reads, and in a moment for whoever does not. */
function endSoon(out: Writable): void {
  const patience = setTimeout(() => out.destroy(), END_PATIENCE_MS);
  out.once('close', () => clearTimeout(patience));
  out.end();
}

function ignore(): void {}
