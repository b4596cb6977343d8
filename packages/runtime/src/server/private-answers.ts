import type { FastifyReply } from 'fastify';

/**
 * By what answers differ between callers: a service looks at the key, the gateway before it at all
 * three.
 */
const CALLER_HEADERS = 'x-api-key, Authorization, Cookie';

/**
 * Says that an answer depends on who asks, so that no cache gives it to somebody else; with
 * `isPrivate`, that none which is shared may keep it and the caller's own must ask before using it
 * again. https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
 */
export function varyByCaller(reply: FastifyReply, { isPrivate }: { isPrivate: boolean }): void {
  addVary(reply, CALLER_HEADERS);
  // What may not be kept at all stays so.
  if (isPrivate && reply.getHeader('cache-control') !== 'no-store')
    reply.header('cache-control', 'private, no-cache');
}

/** Adds names to the answer's `Vary`, each once. */
export function addVary(reply: FastifyReply, names: string): void {
  const present = reply.getHeader('vary');
  if (present === undefined) return void reply.header('vary', names);
  const all = `${String(present)}, ${names}`.split(/\s*,\s*/);
  const unique = new Map(all.map((name) => [name.toLowerCase(), name]));
  reply.header('vary', [...unique.values()].join(', '));
}
