import {
  assertBodyId,
  collectionSchema,
  createBody,
  dataSchema,
  JsonApiError,
  jsonApiResponse,
  listQuery,
  noContentResponse,
  noQuery,
  nullable,
  problemResponses,
  protocolProblem,
  resourceSchema,
  updateBody,
} from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { reserve } from '../application/reserve.ts';
import type { RequestOutcome } from '../application/submit-command.ts';
import {
  confirmReservation,
  extendReservation,
  releaseReservation,
} from '../application/update-reservation.ts';
import type { Reservation } from '../domain/reservation.ts';
import {
  linesSchema,
  linePointer,
  referenceSchema,
  requestedLinesFrom,
  pricedLineSchema,
} from './lines.ts';
import {
  idParam,
  optionalIdempotencyKey,
  requiredIdempotencyKey,
  type IdParam,
} from './parameters.ts';
import type { Ports } from './ports.ts';
import { refusalError, stockProblem, type SourceOf } from './problems.ts';
import { requesterOf, requesterWithKey } from './requester.ts';
import { reservationResource, resourceDocument, sendCreated, pageDocument } from './resources.ts';
import { ownerOnly } from './ownership.ts';

const expiresInSeconds = Type.Integer({
  minimum: 1,
  maximum: 3_600,
  description: 'How long it holds, from now on.',
});

const newReservation = createBody({
  type: 'reservations',
  attributes: Type.Object({
    lines: linesSchema,
    reference: Type.Optional(referenceSchema),
    expiresInSeconds,
  }),
  example: {
    data: {
      type: 'reservations',
      attributes: { lines: [{ productId: '1', quantity: 1 }], expiresInSeconds: 600 },
    },
  },
});

const reservationUpdate = updateBody({
  type: 'reservations',
  attributes: Type.Object({
    status: Type.Optional(Type.Unsafe<'confirmed'>({ type: 'string', enum: ['confirmed'] })),
    expiresInSeconds: Type.Optional(expiresInSeconds),
  }),
  example: {
    data: {
      type: 'reservations',
      id: 'the id of a reservation of yours',
      attributes: { status: 'confirmed' },
    },
  },
});

const reservationSchema = resourceSchema({
  type: 'reservations',
  attributes: Type.Object({
    status: Type.Unsafe<string>({
      type: 'string',
      enum: ['active', 'confirmed', 'released', 'expired'],
    }),
    reference: nullable(Type.String()),
    lines: Type.Array(pricedLineSchema),
    total: Type.Number(),
    currency: Type.String(),
    expiresAt: Type.String({
      format: 'date-time',
      description: 'From this instant on it holds nothing.',
    }),
    createdAt: Type.String({ format: 'date-time' }),
  }),
});

const reservationList = listQuery({
  sorts: ['createdAt'],
  page: { style: 'number', defaultSize: 20, maxSize: 100 },
});

const answer = jsonApiResponse('The reservation.', dataSchema(reservationSchema));
const tags = ['Reservations'];
const params = idParam('The id of a reservation.');

export function reservationRoutes(app: FastifyInstance, ports: Ports): void {
  app.post<{ Body: Static<typeof newReservation> }>(
    '/reservations',
    {
      config: { scope: 'purchases:write' },
      schema: {
        tags,
        summary: 'Hold products for a while',
        description:
          'All lines or none, at the prices of this moment. What is held cannot be sold to others until it expires or is released.',
        headers: requiredIdempotencyKey,
        body: newReservation,
        response: {
          201: answer,
          ...problemResponses(
            stockProblem,
            'idempotency-key-required',
            'product-not-found',
            'insufficient-stock',
            'product-not-active',
            'price-changed',
            'mixed-currencies',
            'total-too-large',
            'idempotency-key-reused',
            'catalogue-unavailable',
            'overloaded',
            'ledger-unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      noQuery.parse(request.query);
      const requester = requesterWithKey(request);
      const { lines, reference = null, expiresInSeconds: seconds } = request.body.data.attributes;
      const asked = { lines: requestedLinesFrom(lines), reference, expiresInSeconds: seconds };
      const outcome = await reserve(ports, asked, requester);
      const reservation = reservationOf(outcome, reply, linePointer);
      return sendCreated(reply, reservationResource(reservation, ports.linkBases(request)));
    },
  );

  app.get(
    '/reservations',
    {
      config: { scope: ['purchases:read', 'purchases:write'] },
      schema: {
        tags,
        summary: 'List reservations',
        description: 'Latest first. A key without `purchases:read` sees its own.',
        querystring: reservationList.schema,
        response: {
          200: jsonApiResponse('A page of reservations.', collectionSchema(reservationSchema)),
        },
      },
    },
    async (request) => {
      const { page, sort } = reservationList.parse(request.query);
      const bases = ports.linkBases(request);
      const query = {
        filters: [],
        sort: sort.length > 0 ? sort : [{ field: 'createdAt', descending: true } as const],
        page: { style: 'number', ...page } as const,
      };
      const { items, total } = await ports.reader.reservations(query, ownerOnly(request));
      const data = items.map((item) => reservationResource(item, bases));
      return pageDocument(data, { bases, address: request.url, page, total });
    },
  );

  app.get<{ Params: IdParam }>(
    '/reservations/:id',
    {
      config: { scope: ['purchases:read', 'purchases:write'] },
      schema: {
        tags,
        summary: 'Read a reservation',
        params,
        response: { 200: answer, ...problemResponses(protocolProblem, 'not-found') },
      },
    },
    async (request) => {
      noQuery.parse(request.query);
      const reservation = await requireReservation(request, ports);
      return resourceDocument(reservationResource(reservation, ports.linkBases(request)));
    },
  );

  app.patch<{ Params: IdParam; Body: Static<typeof reservationUpdate> }>(
    '/reservations/:id',
    {
      config: { scope: 'purchases:write' },
      schema: {
        tags,
        summary: 'Confirm or extend a reservation',
        description:
          '`status: "confirmed"` turns it into a purchase at its prices; `expiresInSeconds` lets it hold on.',
        params,
        headers: optionalIdempotencyKey,
        body: reservationUpdate,
        response: {
          200: answer,
          ...problemResponses(protocolProblem, 'not-found'),
          ...problemResponses(
            stockProblem,
            'reservation-expired',
            'reservation-closed',
            'idempotency-key-reused',
            'overloaded',
            'ledger-unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      noQuery.parse(request.query);
      const { id } = await requireReservation(request, ports);
      assertBodyId(request.body, id);
      const { status, expiresInSeconds: seconds } = request.body.data.attributes;
      if ((status === undefined) === (seconds === undefined)) throw oneThingAtATime();
      const requester = requesterOf(request);
      const outcome =
        seconds === undefined
          ? await confirmReservation(ports, id, requester)
          : await extendReservation(ports, id, seconds, requester);
      const reservation = reservationOf(outcome, reply);
      return resourceDocument(reservationResource(reservation, ports.linkBases(request)));
    },
  );

  app.delete<{ Params: IdParam }>(
    '/reservations/:id',
    {
      config: { scope: 'purchases:write' },
      schema: {
        tags,
        summary: 'Release a reservation',
        description: 'Lets go of what it holds. It stays readable.',
        params,
        headers: optionalIdempotencyKey,
        response: {
          204: noContentResponse('Released.'),
          ...problemResponses(protocolProblem, 'not-found'),
          ...problemResponses(
            stockProblem,
            'reservation-closed',
            'idempotency-key-reused',
            'overloaded',
            'ledger-unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      noQuery.parse(request.query);
      const { id } = await requireReservation(request, ports);
      reservationOf(await releaseReservation(ports, id, requesterOf(request)), reply);
      return reply.code(204).send();
    },
  );
}

/** @throws {JsonApiError} 404 when there is none, or none that the caller may know of. */
async function requireReservation(
  request: FastifyRequest,
  { reader }: Ports,
): Promise<Reservation> {
  const { id } = request.params as IdParam;
  const reservation = await reader.reservation(id);
  const owner = ownerOnly(request);
  if (reservation && (owner === undefined || reservation.owner === owner)) return reservation;
  throw refusalError([{ type: 'reservation-not-found', step: 0 }], nowhere);
}

function reservationOf(
  outcome: RequestOutcome,
  reply: FastifyReply,
  sourceOf: SourceOf = nowhere,
): Reservation {
  if (!outcome.ok) throw refusalError(outcome.refusals, sourceOf);
  if (outcome.result.type !== 'reservation') throw new Error('A reservation left no reservation');
  if (outcome.replayed) reply.header('idempotency-replayed', 'true');
  return outcome.result.reservation;
}

/** Confirming, extending and releasing name nothing in a body that could be wrong. */
const nowhere: SourceOf = () => undefined;

function oneThingAtATime(): JsonApiError {
  const detail = 'Send either "status" to confirm it or "expiresInSeconds" to extend it.';
  return new JsonApiError(
    protocolProblem('invalid-attribute', detail, { source: { pointer: '/data/attributes' } }),
  );
}
