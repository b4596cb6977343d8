import { JsonApiError, protocolProblem } from '@anaquel/jsonapi';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Requester } from '../application/requester.ts';
import type { AcceptedCommand } from '../domain/command-outcome.ts';
import { stockProblem } from './problems.ts';

const VISIBLE_CHARACTERS = /^[!-~]{1,255}$/;

/**
 * Who asks, with the `Idempotency-Key` if there is one. 400 for a key that is not 1 to 255 visible
 * characters.
 */
export function requesterOf(request: FastifyRequest): Requester {
  const { caller } = request;
  return {
    owner: caller.id,
    actor: caller.actor,
    idempotencyKey: idempotencyKeyOf(request),
    holdsWithoutLimit: caller.can('inventory:write'),
  };
}

/** For requests that would happen twice if they were sent twice: 400 without a key. */
export function requesterWithKey(request: FastifyRequest): Requester {
  const requester = requesterOf(request);
  if (requester.idempotencyKey !== null) return requester;
  throw new JsonApiError(
    stockProblem(
      'idempotency-key-required',
      'Send an Idempotency-Key header: a new UUID for each new request, the same one when you repeat a request.',
    ),
  );
}

function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && VISIBLE_CHARACTERS.test(key)) return key;
  throw new JsonApiError(
    protocolProblem(
      'invalid-parameter',
      'Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID.',
      {
        source: { header: 'Idempotency-Key' },
      },
    ),
  );
}

/** Says that this is the answer to an earlier request with the same key. */
export function tellReplay(
  { replayed }: Pick<AcceptedCommand, 'replayed'>,
  reply: FastifyReply,
): void {
  if (replayed) reply.header('idempotency-replayed', 'true');
}
