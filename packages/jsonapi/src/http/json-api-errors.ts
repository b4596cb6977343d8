import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { JSONAPI_OBJECT } from './jsonapi-object.ts';
import { alternatives, quoted } from './nearest-names.ts';
import { MEDIA_TYPE, mediaTypeWith } from './media-type.ts';
import { commonStatus, JsonApiError, protocolProblem } from './problems.ts';
import type { ErrorObject } from './problems.ts';
import { REQUEST_ID_HEADER } from './request-ids.ts';
import { createRouteTable } from './route-table.ts';
import { unencapsulated } from './unencapsulated.ts';
import { varyOnAccept } from './vary.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Of an answer with errors: the code of the first one. */
    problemCode: string | undefined;
  }
}

const RETRY_AFTER_SECONDS = '1';

/**
 * Answers every error of the server with a JSON:API error document: thrown JsonApiErrors, Fastify's
 * own refusals, unknown addresses (404) and methods (405 with `Allow`); whatever else is thrown is
 * logged and answered 500 without a word about it. Register it first: it also takes away the
 * default body parsers, so that a request to nowhere is a 404 whatever its body is.
 */
export const jsonApiErrors = unencapsulated((app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.decorateReply('problemCode', undefined);
  app.setErrorHandler(answerError);
  const routes = createRouteTable();
  app.addHook('onRoute', (route) => routes.add(route.url, route.method));
  app.addHook('onRequest', refuseNul);
  app.setNotFoundHandler((request, reply) => {
    const allowed = routes.methodsOf(request.url);
    if (allowed.length === 0) {
      const path = request.url.split('?', 1)[0] ?? '';
      const near = routes.nearestTo(path);
      const advice = near.length > 0 ? `Did you mean ${alternatives(near)}? ` : '';
      const detail = `There is no address ${quoted(path)} here. ${advice}/docs lists those that are.`;
      return sendErrors(reply, [protocolProblem('not-found', detail)]);
    }
    const allow = allowed.join(', ');
    if (request.method === 'OPTIONS') {
      varyOnAccept(reply);
      return reply.code(204).header('allow', allow).send();
    }
    return sendErrors(
      reply,
      [
        protocolProblem(
          'method-not-allowed',
          `${request.method} is not possible here; use ${allow}.`,
        ),
      ],
      { allow },
    );
  });
});

const PATH_WITH_NUL = /^[^?]*%00/;

/** No id holds a NUL, and not every database could be asked for one. */
function refuseNul(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (!PATH_WITH_NUL.test(request.url)) return done();
  sendErrors(reply, [
    protocolProblem('not-found', 'The address has a NUL character, so it names nothing.'),
  ]);
}

/**
 * Answers with an error document. For expected refusals on hot paths it is cheaper than throwing,
 * since no stack is captured. A 429 or 503 says when to come back: after a second unless `headers`
 * say otherwise. `meta.requestId` is the id of the request.
 * @param headers such as `Location`
 * @param meta of the document
 */
export function sendErrors(
  reply: FastifyReply,
  errors: ErrorObject[],
  headers?: Record<string, string>,
  meta?: Record<string, unknown>,
): FastifyReply {
  const status = commonStatus(errors);
  reply.problemCode = errors[0]?.code;
  if (headers !== undefined) reply.headers(headers);
  if ((status === 429 || status === 503) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', RETRY_AFTER_SECONDS);
  varyOnAccept(reply);
  // Where the address is malformed, no hook has set it.
  reply.header(REQUEST_ID_HEADER, reply.request.id);
  const extension = reply.request.routeOptions.config.jsonApiExtension;
  // An answer that was on its way to a profile when it failed is in none.
  reply.jsonApiMediaType = extension === undefined ? MEDIA_TYPE : mediaTypeWith('ext', extension);
  // With a serializer of its own, Fastify does not add a charset to the content type.
  reply.code(status).header('content-type', MEDIA_TYPE).serializer(asItIs);
  return reply.send(errorDocument(errors, { requestId: reply.request.id, ...meta }, extension));
}

export function errorDocument(
  errors: readonly ErrorObject[],
  meta: { readonly requestId: string; readonly [name: string]: unknown },
  extension?: string,
): string {
  const jsonapi =
    extension === undefined ? JSONAPI_OBJECT : { ...JSONAPI_OBJECT, ext: [extension] };
  return JSON.stringify({ jsonapi, errors, meta });
}

function asItIs(payload: unknown): string {
  return payload as string;
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof JsonApiError)
    return sendErrors(reply, error.errors, error.headers, error.meta);
  const problem = frameworkProblem(error as Partial<FastifyError> | undefined, request);
  // A 503 is no fault of the code: who sees all of them logs that there are some.
  if (problem.status.startsWith('5') && problem.status !== '503')
    request.log.error({ reqId: request.id, err: error }, 'a request failed');
  return sendErrors(reply, [problem]);
}

/** Never the error's own message: it may name files, SQL or hosts. */
export function frameworkProblem(
  error: Partial<FastifyError> | null | undefined,
  request: FastifyRequest,
): ErrorObject {
  const status = error?.statusCode ?? 500;
  switch (error?.code) {
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return protocolProblem('not-found', 'An id in the address is too long to exist.');
    case 'FST_ERR_BAD_URL':
      return protocolProblem('invalid-request', 'The address is not validly percent-encoded.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return protocolProblem(
        'invalid-request',
        'The body does not have the length that Content-Length says.',
        {
          source: { header: 'Content-Length' },
        },
      );
    default:
      return problemForStatus(status, request);
  }
}

function problemForStatus(status: number, request: FastifyRequest): ErrorObject {
  if (status === 404) return protocolProblem('not-found', 'Nothing was found at this address.');
  if (status === 408)
    return protocolProblem('request-timeout', 'Send the whole request in time, then try again.');
  if (status === 413)
    return protocolProblem(
      'payload-too-large',
      `Send a body of at most ${request.routeOptions.bodyLimit ?? 0} bytes.`,
    );
  if (status === 414) return protocolProblem('uri-too-long', 'Send a shorter address.');
  if (status === 415) {
    return protocolProblem('unsupported-media-type', 'Send JSON with a fitting Content-Type.', {
      source: { header: 'Content-Type' },
    });
  }
  if (status === 429)
    return protocolProblem(
      'too-many-requests',
      'Wait as long as Retry-After says, then try again.',
    );
  if (status === 503) return protocolProblem('unavailable', 'Try again in a moment.');
  if (status >= 400 && status < 500)
    return protocolProblem('invalid-request', 'The request cannot be understood.');
  return protocolProblem(
    'internal-error',
    'The request failed on the server and has been logged. Try again later.',
  );
}
