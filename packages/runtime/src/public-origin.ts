import type { FastifyRequest } from 'fastify';

/**
 * The origin that links start with: the service's public address, or behind a trusted proxy the one that the proxy was
 * asked for. Without a trusted proxy a client's own headers never get into a link.
 */
export function publicOrigin(request: FastifyRequest, publicUrl: string): string {
  const trusted = request.ips !== undefined && request.ips.length > 1;
  if (!trusted || request.headers['x-forwarded-host'] === undefined) return publicUrl;
  return `${request.protocol}://${request.host}`;
}
