import { PassThrough, type Readable } from 'node:stream';

interface OpenStreams {
  /** What to send to a client in the place of an endless body. */
  add(body: Readable, client: string): Readable;
  /** How many of them a client has open. */
  countOf(client: string): number;
  /** Ends them as if their sources had ended: clients see a good end, and come back elsewhere. Later ones end at once. */
  end(): void;
}

/** Bodies that end only when somebody ends them. A close that waits for its answers would wait for these for ever. */
export function createOpenStreams(): OpenStreams {
  const ends = new Set<() => void>();
  const counts = new Map<string, number>();
  let isOver = false;
  return {
    countOf: (client) => counts.get(client) ?? 0,
    add(body, client) {
      const copy = new PassThrough();
      const end = (): void => {
        body.unpipe(copy);
        copy.end();
      };
      ends.add(end);
      counts.set(client, (counts.get(client) ?? 0) + 1);
      copy.once('close', () => {
        ends.delete(end);
        const left = (counts.get(client) ?? 1) - 1;
        if (left === 0) counts.delete(client);
        else counts.set(client, left);
        body.destroy();
      });
      body.once('error', (error) => copy.destroy(error));
      body.pipe(copy);
      if (isOver) end();
      return copy;
    },
    end() {
      isOver = true;
      for (const end of ends) end();
    },
  };
}
