import type { FastifyRequest } from 'fastify';

/** Whose purchases and reservations alone the caller may see; undefined for all. */
export function ownerOnly(request: FastifyRequest): string | undefined {
  return request.caller.can('purchases:read') ? undefined : request.caller.id;
}
