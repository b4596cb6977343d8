import type { FastifyRequest } from 'fastify';

/** The origins that links start with. */
export interface LinkBases {
  readonly inventory: string;
  readonly products: string;
}

/** The origins for the host that a request names. */
export type LinkBasesOf = (request: FastifyRequest) => LinkBases;

/** The address of one of this service's resources. */
export function addressOf(
  linkBases: LinkBasesOf,
  collection: string,
  id: string | number,
  request: FastifyRequest,
): string {
  return `${linkBases(request).inventory}/api/v1/${collection}/${id}`;
}
