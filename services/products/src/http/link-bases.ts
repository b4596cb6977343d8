import type { FastifyRequest } from 'fastify';

/** The origins that links start with. */
export interface LinkBases {
  readonly products: string;
  readonly inventory: string;
}

export type LinkBasesOf = (request: FastifyRequest) => LinkBases;

/** Links use the configured addresses; behind a proxy that is trusted and names its host, that host, which serves both services. */
export function createLinkBases(configured: LinkBases, trustsProxy: boolean): LinkBasesOf {
  if (!trustsProxy) return () => configured;
  return (request) => {
    // Fastify believes the header from a trusted proxy only, and answers the plain Host otherwise.
    const forwarded = request.headers['x-forwarded-host'];
    if (forwarded === undefined || request.host === request.headers.host) return configured;
    const origin = `${request.protocol}://${request.host}`;
    return { products: origin, inventory: origin };
  };
}
