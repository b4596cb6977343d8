import type { FastifyReply } from 'fastify';

/**
 * By what answers differ between callers: a service looks at the key, the gateway before it at all
 * three.
 */
const CALLER_HEADERS = 'x-api-key, Authorization, Cookie';
const PUBLIC_FOR_EVER = 'public, max-age=31536000, immutable';
const PRIVATE_FOR_EVER = 'private, max-age=31536000, immutable';
const CALLER_NAMES = new Set(CALLER_HEADERS.toLowerCase().split(', '));

/**
 * Says that an answer depends on who asks, so that no cache gives it to somebody else; with
 * `isPrivate`, that none which is shared may keep it and the caller's own must ask before using it
 * again. https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
 */
export function varyByCaller(reply: FastifyReply, { isPrivate }: { isPrivate: boolean }): void {
  if (isShared(reply)) return;
  addVary(reply, CALLER_HEADERS);
  // What may not be kept at all stays so.
  if (isPrivate && reply.getHeader('cache-control') !== 'no-store')
    reply.header('cache-control', 'private, no-cache');
}

/**
 * Says that an answer never changes, and is the same for all who may ask: with `isPublic` that is
 * anybody, so that shared caches may keep it, too.
 */
export function keepForEver(reply: FastifyReply, { isPublic }: { isPublic: boolean }): void {
  reply.header('cache-control', isPublic ? PUBLIC_FOR_EVER : PRIVATE_FOR_EVER);
  if (!isPublic) return;
  const others = namesOf(reply).filter((name) => !CALLER_NAMES.has(name.toLowerCase()));
  if (others.length > 0) reply.header('vary', others.join(', '));
  else reply.removeHeader('vary');
}

/** Whether the answer says itself that it is the same for all, and for ever. */
function isShared(reply: FastifyReply): boolean {
  return reply.getHeader('cache-control') === PUBLIC_FOR_EVER;
}

function namesOf(reply: FastifyReply): string[] {
  const vary = reply.getHeader('vary');
  return vary === undefined ? [] : String(vary).split(/\s*,\s*/);
}

/** Adds names to the answer's `Vary`, each once. */
export function addVary(reply: FastifyReply, names: string): void {
  const present = namesOf(reply);
  if (present.length === 0) return void reply.header('vary', names);
  const all = [...present, ...names.split(/\s*,\s*/)];
  const unique = new Map(all.map((name) => [name.toLowerCase(), name]));
  reply.header('vary', [...unique.values()].join(', '));
}
