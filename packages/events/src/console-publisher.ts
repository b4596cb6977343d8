import type { Publisher } from './relay.ts';

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
      if (events.length === 0) return;
      output.write(`${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
      await output.settled();
    },
  };
}
