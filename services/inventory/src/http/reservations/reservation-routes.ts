import { JsonApiError, protocolProblem, resourceRoutes } from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { reserve, type ReservationRequest } from '../../application/reserve.ts';
import type { RequestOutcome } from '../../application/request-outcome.ts';
import {
  confirmReservation,
  extendReservation,
  releaseReservation,
} from '../../application/update-reservation.ts';
import type { ReservationResult } from '../../domain/command-outcome.ts';
import type { HoldLimits } from '../../domain/hold-limits.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { linePointer, requestedLinesFrom, takingProblems } from '../lines.ts';
import { newReservation, reservationUpdate } from './reservation-bodies.ts';
import { reservationList } from './reservation-list.ts';
import { ownerOnly } from '../ownership.ts';
import { optionalIdempotencyKey, requiredIdempotencyKey } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { refusalError, type SourceOf } from '../refusal-error.ts';
import { requesterOf, requesterWithKey, tellReplay } from '../requester.ts';

const updateProblems = errorResponses(
  'not-found',
  'read-only-attribute',
  'relationship-read-only',
  'catalogue-unavailable',
  'reservation-expired',
  'reservation-closed',
  'hold-limit',
  'idempotency-key-reused',
  'overloaded',
  'ledger-unavailable',
  'outcome-unknown',
);

const releaseProblems = errorResponses(
  'not-found',
  'reservation-closed',
  'idempotency-key-reused',
  'overloaded',
  'ledger-unavailable',
  'outcome-unknown',
);

export function reservationRoutes(app: FastifyInstance, ports: Ports): void {
  resourceRoutes(app, ports.resources.reservations, {
    path: '/reservations',
    tags: ['Reservations'],
    origin: (request) => ports.linkBases(request).inventory,
    create: {
      config: { scope: 'purchases:write' },
      summary: 'Hold products for a while',
      description: `All lines or none, at the prices of this moment, which it keeps when it is confirmed; with \`expectedPrice\` and \`expectedCurrency\` no other price is accepted. What is held cannot be sold to others until it expires or is released. ${limitsText(ports.holdLimits)}`,
      headers: requiredIdempotencyKey,
      refusals: errorResponses(...takingProblems, 'hold-limit'),
      body: newReservation,
      async run({ attributes }, request, reply) {
        const requester = requesterWithKey(request);
        const holdRequest = reservationFrom(attributes);
        return reservationOf(await reserve(ports, holdRequest, requester), reply, linePointer);
      },
    },
    list: {
      config: { scope: ['purchases:read', 'purchases:write'] },
      summary: 'List reservations',
      description: 'Latest first. A key without `purchases:read` sees its own.',
      refusals: errorResponses('catalogue-unavailable'),
      declaration: reservationList,
      run: (list, request) => ports.reader.reservations(list, ownerOnly(request)),
    },
    read: {
      config: { scope: ['purchases:read', 'purchases:write'] },
      summary: 'Read a reservation',
      refusals: errorResponses('not-found', 'catalogue-unavailable'),
      run: (id, request) => requireReservation(id, request, ports),
    },
    update: {
      takesKeys: true,
      config: { scope: 'purchases:write' },
      summary: 'Confirm or extend a reservation',
      description:
        '`status: "confirmed"` turns it into a purchase at its prices; `expiresInSeconds` lets it hold on from now, within what may be held from when it was made.',
      headers: optionalIdempotencyKey,
      refusals: updateProblems,
      body: reservationUpdate,
      async run(id, { attributes }, request, reply, assertUnchanged) {
        await requireReservation(id, request, ports);
        const seconds = extensionIn(attributes);
        const requester = requesterOf(request);
        const outcome =
          seconds === null
            ? await confirmReservation(ports, id, requester, assertUnchanged)
            : await extendReservation(ports, id, seconds, requester, assertUnchanged);
        return reservationOf(outcome, reply);
      },
    },
    remove: {
      config: { scope: 'purchases:write' },
      summary: 'Release a reservation',
      description: 'Lets go of what it holds. It stays readable.',
      headers: optionalIdempotencyKey,
      refusals: releaseProblems,
      async run(id, request, reply) {
        await requireReservation(id, request, ports);
        reservationOf(await releaseReservation(ports, id, requesterOf(request)), reply);
      },
    },
  });
}

function reservationFrom({
  lines,
  reference = null,
  expiresInSeconds: seconds,
}: Static<typeof newReservation.attributes>): ReservationRequest {
  return { lines: requestedLinesFrom(lines), reference, expiresInSeconds: seconds };
}

/**
 * The seconds by which an update extends, or null when it confirms.
 * @throws {JsonApiError} 400 when it asks for both, or for neither.
 */
function extensionIn({
  status,
  expiresInSeconds: seconds,
}: Static<typeof reservationUpdate.attributes>): number | null {
  if ((status === undefined) === (seconds === undefined)) throw oneThingAtATime();
  return seconds ?? null;
}

/** @throws {JsonApiError} 404 when there is none, or none that the caller may know of. */
async function requireReservation(
  id: string,
  request: FastifyRequest,
  { reader }: Ports,
): Promise<Reservation> {
  const reservation = await reader.reservation(id);
  const owner = ownerOnly(request);
  if (reservation && (owner === undefined || reservation.owner === owner)) return reservation;
  throw refusalError([{ type: 'reservation-not-found', step: 0 }], nowhere);
}

function reservationOf(
  outcome: RequestOutcome<ReservationResult>,
  reply: FastifyReply,
  sourceOf: SourceOf = nowhere,
): Reservation {
  if (!outcome.ok) throw refusalError(outcome.refusals, sourceOf);
  tellReplay(outcome, reply);
  return outcome.result.reservation;
}

function limitsText({ maxUnits, maxLines, maxActive, maxMinutes }: HoldLimits): string {
  return `One owner, without \`inventory:write\`, holds at most ${maxUnits} units in ${maxLines} lines of ${maxActive} reservations at a time, and each of them for ${maxMinutes} minutes from when it was made, extensions included.`;
}

/** Confirming, extending and releasing name nothing in a body that could be wrong. */
const nowhere: SourceOf = () => undefined;

function oneThingAtATime(): JsonApiError {
  const detail =
    'Send either "status" to confirm it or "expiresInSeconds" to extend it; to release it, DELETE the reservation.';
  return new JsonApiError(
    protocolProblem('invalid-attribute', detail, { source: { pointer: '/data' } }),
  );
}
