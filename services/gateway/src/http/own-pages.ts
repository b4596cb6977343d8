import type { FastifyRequest } from 'fastify';
import { isCrossSite } from '../domain/cross-site.ts';
import type { Session } from '../domain/session.ts';
import { crossSiteRequest } from './problems.ts';
import type { Ports } from './ports.ts';

/** @throws {JsonApiError} 403 when another site's page may be behind a change that only a cookie, or nothing, vouches for. */
export function assertOwnPage(
  request: FastifyRequest,
  session: Session | null,
  { corsOrigins }: Pick<Ports, 'corsOrigins'>,
): void {
  const { headers, protocol, host } = request;
  const site = headers['sec-fetch-site'];
  const provenance = {
    fetchSite: typeof site === 'string' ? site : undefined,
    origin: headers.origin,
    ownOrigin: `${protocol}://${host}`,
    sessionRole: session?.role ?? null,
  };
  if (isCrossSite(provenance, corsOrigins)) throw crossSiteRequest();
}
