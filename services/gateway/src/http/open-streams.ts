import { PassThrough, type Readable } from 'node:stream';
import type { Clock } from '@anaquel/runtime';

interface OpenStreams {
  /**
   * What to send to a client in the place of an endless body.
   * @param expiresAtMs of what vouches for the client: the stream ends then
   */
  add(body: Readable, client: string, expiresAtMs: number): Readable;
  /** How many of them a client has open. */
  countOf(client: string): number;
  /**
   * Ends them as if their sources had ended: clients see a good end, and come back elsewhere. Later
   * ones end at once.
   */
  end(): void;
}

/**
 * The clock may be set, and a timer doesn't count the time that a machine sleeps: so often it is
 * looked at again.
 */
const LONGEST_TIMER_MS = 30_000;

/**
 * Bodies that end only when somebody ends them. A close that waits for its answers would wait for
 * these for ever.
 */
export function createOpenStreams(clock: Clock): OpenStreams {
  const ends = new Set<() => void>();
  const counts = new Map<string, number>();
  let isOver = false;
  return {
    countOf: (client) => counts.get(client) ?? 0,
    add(body, client, expiresAtMs) {
      const copy = new PassThrough();
      let timer: NodeJS.Timeout | undefined;
      const end = (): void => {
        body.unpipe(copy);
        copy.end();
      };
      const endWhenExpired = (): void => {
        const leftMs = expiresAtMs - clock().getTime();
        if (leftMs <= 0) end();
        else timer = setTimeout(endWhenExpired, Math.min(leftMs, LONGEST_TIMER_MS));
      };
      ends.add(end);
      counts.set(client, (counts.get(client) ?? 0) + 1);
      copy.once('close', () => {
        clearTimeout(timer);
        ends.delete(end);
        const remaining = (counts.get(client) ?? 1) - 1;
        if (remaining === 0) counts.delete(client);
        else counts.set(client, remaining);
        body.destroy();
      });
      body.once('error', (error) => copy.destroy(error));
      body.pipe(copy);
      if (isOver) end();
      else endWhenExpired();
      return copy;
    },
    end() {
      isOver = true;
      for (const end of ends) end();
    },
  };
}
