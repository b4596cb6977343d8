import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Where lines for people and for logs go. Whatever becomes of them, whoever writes goes on. */
export interface Output {
  /**
   * Writes whole lines, each with its line break. Returns at once and never throws: lines that
   * can't be written (a full disk, a closed pipe, a reader that takes nothing while a mebibyte
   * waits for it) are dropped and counted. The next ones that can be come after a line that says
   * how many were dropped.
   */
  write(lines: string | Buffer): void;
  /** Resolves once nothing waits for the reader any more: all is written or dropped. */
  settled(): Promise<void>;
}

export interface OutputOptions {
  /** The line, without its break, that stands for so many dropped ones. */
  readonly noteOfDropped: (count: number) => string;
}

/** While so much waits for a slow reader, what comes on top is dropped. */
const MOST_WAITING_BYTES = 1_048_576;

const LINE_BREAK = 0x0a;

/**
 * An output on a stream of this process, standard output or standard error as a rule. Files are
 * written at once, pipes and sockets when their reader takes it. A terminal that is paused (Ctrl-S)
 * holds up its writer: Node writes to it without a queue.
 */
export function createOutput(stream: Writable & { fd?: number }, options: OutputOptions): Output {
  const fd = fileOf(stream);
  const write = fd === null ? queueingWriter(stream) : fileWriter(fd);
  let dropped = 0;
  let waiting = 0;
  let settle = Promise.withResolvers<void>();

  function attempt(bytes: Buffer, countLost: (linesLost: number) => number): void {
    waiting += 1;
    write(bytes, (linesLost) => {
      if (linesLost > 0) dropped += countLost(linesLost);
      waiting -= 1;
      if (waiting > 0) return;
      settle.resolve();
      settle = Promise.withResolvers();
    });
  }

  return {
    write(text) {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text;
      if (stream.writableLength >= MOST_WAITING_BYTES) {
        dropped += countLines(bytes);
        return;
      }
      if (dropped > 0) {
        const count = dropped;
        dropped = 0;
        attempt(Buffer.from(`${options.noteOfDropped(count)}\n`), () => count);
        // A file has refused the note by now, and would refuse the rest.
        if (dropped > 0) {
          dropped += countLines(bytes);
          return;
        }
      }
      attempt(bytes, (linesLost) => linesLost);
    },
    settled: () => (waiting === 0 ? Promise.resolve() : settle.promise),
  };
}

/** Tells how many of the lines were not written. */
type Write = (bytes: Buffer, done: (linesLost: number) => void) => void;

/** What is neither a terminal nor a pipe nor a socket is written by its number. */
function fileOf(stream: Writable & { fd?: number }): number | null {
  return stream.fd === undefined || stream instanceof Socket ? null : stream.fd;
}

function queueingWriter(stream: Writable): Write {
  // Told to each write as well.
  stream.on('error', () => {});
  return (bytes, done) => void stream.write(bytes, (error) => done(error ? countLines(bytes) : 0));
}

/**
 * Node's own stream for files takes a part of a line for the whole. Here what a disk took of a line
 * before it was full is ended by a line break before the next one.
 */
function fileWriter(fd: number): Write {
  let isMidLine = false;
  return (bytes, done) => {
    const rest = isMidLine ? Buffer.concat([Buffer.of(LINE_BREAK), bytes]) : bytes;
    const missing = rest.subarray(writeToFile(fd, rest));
    if (missing.length < rest.length)
      isMidLine = rest[rest.length - missing.length - 1] !== LINE_BREAK;
    done(Math.min(countLines(missing), countLines(bytes)));
  };
}

/** How many bytes the file took. */
function writeToFile(fd: number, bytes: Buffer): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch {
    // A full disk, most likely: whoever asked counts what is missing.
  }
  return written;
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_BREAK); at >= 0; at = bytes.indexOf(LINE_BREAK, at + 1))
    lines += 1;
  return lines;
}

let shared: Output | undefined;

/** The standard output of a service: its log, and whatever else is printed among it. */
export function standardOutput(): Output {
  return (shared ??= createOutput(process.stdout, { noteOfDropped }));
}

function noteOfDropped(dropped: number): string {
  const msg = `${dropped} lines of this log could not be written and were dropped`;
  return JSON.stringify({ level: 'warn', time: Date.now(), pid: process.pid, dropped, msg });
}
