import type { Readable } from 'node:stream';
import type { Output } from '@anaquel/runtime';

/** Longer lines are cut. */
const LONGEST_LINE_BYTES = 1_048_576;

/**
 * Passes on whole lines as they come, no faster than they are taken: who writes them keeps what
 * waits, or drops it.
 */
export async function passLines(source: Readable, output: Output): Promise<void> {
  let begun: Buffer = Buffer.alloc(0);
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf('\n') + 1;
    if (end > 0) output.write(Buffer.concat([begun, chunk.subarray(0, end)]));
    begun = end > 0 ? chunk.subarray(end) : Buffer.concat([begun, chunk]);
    if (begun.length > LONGEST_LINE_BYTES) {
      output.write(Buffer.concat([begun, Buffer.from('\n')]));
      begun = Buffer.alloc(0);
    }
    await output.settled();
  }
  if (begun.length > 0) output.write(Buffer.concat([begun, Buffer.from('\n')]));
}
