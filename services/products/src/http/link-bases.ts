import type { FastifyRequest } from 'fastify';

/** The origins that links start with. */
export interface LinkBases {
  readonly products: string;
  readonly inventory: string;
}

/** The origins for the host that a request names. */
export type LinkBasesOf = (request: FastifyRequest) => LinkBases;
