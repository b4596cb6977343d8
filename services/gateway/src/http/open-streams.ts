import { PassThrough, type Readable } from 'node:stream';

interface OpenStreams {
  /** What to send in the place of an endless body. */
  add(body: Readable): Readable;
  /** Ends them as if their sources had ended: clients see a good end, and come back elsewhere. Later ones end at once. */
  end(): void;
}

/** Bodies that end only when somebody ends them. A close that waits for its answers would wait for these for ever. */
export function createOpenStreams(): OpenStreams {
  const ends = new Set<() => void>();
  let isOver = false;
  return {
    add(body) {
      const copy = new PassThrough();
      const end = (): void => {
        body.unpipe(copy);
        copy.end();
      };
      ends.add(end);
      copy.once('close', () => {
        ends.delete(end);
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
