import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Publisher } from './relay.ts';

/** Writes each event as one line of JSON. Waits when the stream is full, so a slow terminal holds back the relay only. */
export function createConsolePublisher(stream: Writable = process.stdout): Publisher {
  return {
    name: 'console',
    async publish(events) {
      if (events.length === 0) return;
      const lines = events.map((event) => JSON.stringify(event)).join('\n');
      if (!stream.write(`${lines}\n`)) await once(stream, 'drain');
    },
  };
}
