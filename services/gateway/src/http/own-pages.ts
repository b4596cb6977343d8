import type { FastifyRequest } from 'fastify';
import { isCrossSite, type RequestOrigin } from '../domain/cross-site.ts';
import type { Session } from '../domain/session.ts';
import { crossSiteRequest } from './problems.ts';
import type { Ports } from './ports.ts';

/**
 * Whether a page of another site may be behind a request that brought no cookie. Answers keep a
 * session only where none is: browsers leave the cookie out of what other sites send, but would
 * store a new one over it.
 */
export function isForeign(request: FastifyRequest): boolean {
  return isCrossSite(provenanceOf(request, null), []);
}

/**
 * @throws {JsonApiError} 403 when another site's page may be behind a change that only a cookie, or
 * nothing, vouches for.
 */
export function assertOwnPage(
  request: FastifyRequest,
  session: Session | null,
  { corsOrigins }: Pick<Ports, 'corsOrigins'>,
): void {
  if (isCrossSite(provenanceOf(request, session), corsOrigins)) throw crossSiteRequest();
}

function provenanceOf(
  { headers, protocol, host }: FastifyRequest,
  session: Session | null,
): RequestOrigin {
  const site = headers['sec-fetch-site'];
  return {
    fetchSite: typeof site === 'string' ? site : undefined,
    origin: headers.origin,
    ownOrigin: `${protocol}://${host}`,
    sessionRole: session?.role ?? null,
  };
}
