import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that systems give to whoever connects without asking for one, which would take it
 * before its server starts.
 */
const LOWEST = 12_000;
const HIGHEST = 30_000;
const TRIES = 50;

/** A port of 127.0.0.1 that nothing listens on right now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error(`No free port was found in ${TRIES} tries`);
}
