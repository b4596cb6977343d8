import type { FastifyInstance } from 'fastify';

/**
 * What makes sense for answers that no page renders: types are not guessed, nothing may be framed
 * or run, no address leaks. The docs page sets a policy of its own. No HSTS: whether there is TLS,
 * the proxy in front knows.
 */
export function securityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    reply.header('referrer-policy', 'no-referrer');
    done();
  });
}
