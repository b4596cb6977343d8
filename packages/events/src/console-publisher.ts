import type { Publisher } from './relay.ts';

/**
 * So many events are some 30 kB. A whole slice would be a mebibyte: memory that is new to the
 * process each time, which costs several times what the writing does.
 */
const EVENTS_A_WRITE = 64;

/** Where the console publisher writes. */
export interface LineOutput {
  /** Writes whole lines, each with its line break, or drops them when it can't. */
  write(lines: string): void;
  /** Resolves once nothing waits for the reader any more. */
  settled(): Promise<void>;
}

/**
 * Writes each event as one line of JSON. A slow reader holds back the relay only: the log keeps
 * what waits. What can't be written at all is dropped like any line of a log (see
 * docs/decisions/0021); who must miss nothing reads the feed.
 */
export function createConsolePublisher(output: LineOutput): Publisher {
  return {
    name: 'console',
    async publish(events) {
      for (let start = 0; start < events.length; start += EVENTS_A_WRITE) {
        const lines = events.slice(start, start + EVENTS_A_WRITE).map(({ json }) => `${json}\n`);
        output.write(lines.join(''));
        await output.settled();
      }
    },
  };
}
