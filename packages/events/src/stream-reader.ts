import type { Writable } from 'node:stream';
import { HEARTBEAT_FRAME, type EventView } from './event-frames.ts';

/** Someone to whom the events of a log are written as they happen. */
export interface StreamReader {
  readonly out: Writable;
  readonly view: EventView;
  /** The last entry written to it. */
  position: number;
  /** Whether it took nothing since the last heartbeat although something waits. */
  stalled: boolean;
}

/** A reader for whom more than this waits when there is more to say is cut off. */
const MOST_WAITING_BYTES = 1_048_576;
const END_PATIENCE_MS = 250;

export function writeFrames({ out }: StreamReader, frames: Buffer): void {
  if (out.writableLength > MOST_WAITING_BYTES) out.destroy();
  else if (frames.length > 0) out.write(frames);
}

export function writeHeartbeat(reader: StreamReader): void {
  const { out, stalled } = reader;
  reader.stalled = out.writableNeedDrain;
  if (stalled || out.writableLength > MOST_WAITING_BYTES) out.destroy();
  else if (!reader.stalled) out.write(HEARTBEAT_FRAME);
}

/** Resolves when more can be written, or never again. */
export function drained({ out }: StreamReader): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    out.off('drain', done).off('close', done);
    resolve();
  };
  out.on('drain', done).on('close', done);
  return promise;
}

/** Ends well for whoever reads, and in a moment for whoever does not. */
export function endSoon({ out }: StreamReader): void {
  const patience = setTimeout(() => out.destroy(), END_PATIENCE_MS);
  out.once('close', () => clearTimeout(patience));
  out.end();
}
