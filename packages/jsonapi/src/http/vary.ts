import type { FastifyReply } from 'fastify';

/** Adds `Accept` to the answer's `Vary`, once. */
export function varyOnAccept(reply: FastifyReply): void {
  const vary = reply.getHeader('vary');
  if (vary === undefined) {
    reply.header('vary', 'Accept');
  } else if (
    typeof vary === 'string' &&
    vary !== 'Accept' &&
    !/(?:^|,\s*)accept\s*(?:$|,)/i.test(vary)
  ) {
    reply.header('vary', `${vary}, Accept`);
  }
}
