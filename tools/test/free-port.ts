import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that systems give to whoever connects without asking for one, which would take it
 * before its server starts.
 */
const LOWEST = 12_000;
const HIGHEST = 30_000;
const TRIES = 50;
/**
 * Each worker of Vitest has a part of them for itself: two that look at the same moment could find
 * the same port free, and the second server would not start.
 */
const PARTS = 12;
const PART = Math.floor((HIGHEST - LOWEST) / PARTS);
/**
 * From one to the next: some tests use up to twenty ports after theirs, too. It shares no factor
 * with a part, so no port is given again before all others were.
 */
const STRIDE = 37;

/** Where in its part the last one was. */
let place = Math.floor(Math.random() * PART);

/** A port of 127.0.0.1 that nothing listens on right now. */
export async function freePort(): Promise<number> {
  const part = Number(process.env['VITEST_POOL_ID'] ?? 0) % PARTS;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    place = (place + STRIDE) % PART;
    const port = LOWEST + part * PART + place;
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
