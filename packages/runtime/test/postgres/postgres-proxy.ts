import { connect, createServer, type Server, type Socket } from 'node:net';

type AtCommit = 'pass on and cut' | 'cut';

export interface PostgresProxy {
  readonly url: string;
  /**
   * What to do with the next connection that sends COMMIT; with a text, only if it sends that text
   * together with it.
   */
  atNextCommit(what: AtCommit, text?: string): void;
  close(): Promise<void>;
}

/** Stands between a replica and its server. */
export async function startPostgresProxy(url: string): Promise<PostgresProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let next: { readonly what: AtCommit; readonly text: string } | null = null;
  const statements = createStatements();
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    upstream.pipe(client);
    client.on('data', (data) => {
      statements.note(data);
      const isMeant =
        next !== null && data.includes('commit\0') && statements.areIn(data, next.text);
      if (next === null || !isMeant) {
        upstream.write(data);
        return;
      }
      const { what } = next;
      next = null;
      // The server carries out what it was sent; its answers are nobody's.
      upstream.unpipe(client);
      upstream.resume();
      if (what === 'cut') upstream.destroy();
      else upstream.end(data);
      client.destroy();
    });
    client.on('close', () => upstream.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port is free');
  const own = new URL(url);
  own.port = String(address.port);
  return {
    url: own.href,
    atNextCommit: (what, text = '') => void (next = { what, text }),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What is sent by the name of a statement that the server keeps. */
function createStatements() {
  const texts = new Map<string, string>();
  return {
    /** https://www.postgresql.org/docs/15/protocol-message-formats.html, Parse */
    note(data: Buffer): void {
      for (const [, name = '', text = ''] of data
        .toString('latin1')
        .matchAll(/(kept_\d+)\0([^\0]+)\0/g))
        texts.set(name, text);
    },
    /** Whether `data` holds `text`, or the name of a statement that does. */
    areIn(data: Buffer, text: string): boolean {
      if (data.includes(text)) return true;
      return [...texts].some(([name, whole]) => whole.includes(text) && data.includes(`${name}\0`));
    },
  };
}
