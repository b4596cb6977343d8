import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { vi } from 'vitest';

export interface StreamEvent {
  readonly type: string;
  /** The last id, as a browser keeps it: this event's or an earlier one's. */
  readonly lastId: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into data of every shape
  readonly data: any;
}

export interface StreamReader {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly events: StreamEvent[];
  /** The whole text of the stream. */
  text(): string;
  /** The id for the next `Last-Event-ID`. */
  lastId(): string;
  /** Resolves when the answer has ended: true if it ended cleanly. */
  readonly ended: Promise<boolean>;
  /** Resolves once this many events have arrived. */
  waitForCount(count: number): Promise<void>;
  pause(): void;
  resume(): void;
  abort(): void;
}

/**
 * Reads a stream over a socket of its own and parses it by the standard. Rejects if there is no
 * answer.
 */
export function openStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<StreamReader> {
  const { promise, resolve, reject } = Promise.withResolvers<StreamReader>();
  get(url, { agent: false, headers }, (response) => resolve(readerOf(response))).on(
    'error',
    reject,
  );
  return promise;
}

function readerOf(response: IncomingMessage): StreamReader {
  const events: StreamEvent[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<boolean>();
  let text = '';
  let rest = '';
  let lastId = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    rest += chunk;
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => {
          const [name = '', ...value] = line.split(': ');
          return [name, value.join(': ')];
        }),
      );
      lastId = fields.get('id') ?? lastId;
      const data = fields.get('data');
      if (data !== undefined)
        events.push({ type: fields.get('event') ?? 'message', lastId, data: JSON.parse(data) });
    }
  });
  response.on('error', () => {});
  response.on('close', () => end(response.complete));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    text: () => text,
    lastId: () => lastId,
    ended,
    waitForCount: (count) =>
      vi.waitFor(
        () => {
          if (events.length < count) throw new Error(`${events.length} of ${count} events came`);
        },
        { timeout: 30_000, interval: 5 },
      ),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    abort: () => void response.destroy(),
  };
}
