import type { Role } from './role.ts';

/** What a request that changes something says about where it comes from. */
export interface RequestOrigin {
  /**
   * The header `Sec-Fetch-Site`, which no page can forge.
   * https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
   */
  readonly fetchSite: string | undefined;
  readonly origin: string | undefined;
  /** Where the gateway was asked for: scheme, host and port. */
  readonly ownOrigin: string;
  /** Of the session cookie that came with it, if one did. */
  readonly sessionRole: Role | null;
}

/**
 * Whether another site's page may be behind a request that no key or token vouches for. A browser
 * says where its requests come from by one of both headers. Without either the sender is no
 * browser: harmless, but not with an operator's cookie, because that is where being wrong would
 * cost the most.
 * @param allowedOrigins other origins whose pages may do what a stranger may, so only without a
 * cookie
 */
export function isCrossSite(from: RequestOrigin, allowedOrigins: readonly string[]): boolean {
  const { fetchSite, origin, ownOrigin, sessionRole } = from;
  if (fetchSite === 'same-origin' || fetchSite === 'none') return false;
  if (origin !== undefined && origin === ownOrigin) return false;
  if (fetchSite === undefined && origin === undefined) return sessionRole === 'operator';
  if (sessionRole !== null || origin === undefined) return true;
  return !allowedOrigins.includes('*') && !allowedOrigins.includes(origin);
}
