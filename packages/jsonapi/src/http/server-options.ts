import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyServerOptions } from 'fastify';
import { errorDocument, frameworkProblem, sendErrors } from './json-api-errors.ts';
import { MEDIA_TYPE } from './media-type.ts';
import { protocolProblem } from './problems.ts';
import type { ErrorObject } from './problems.ts';
import { newRequestId, REQUEST_ID_HEADER, requestIdOf } from './request-ids.ts';
import { bodyValidator } from './validation.ts';

// An import would have Node load its own undici at each start, for names that nobody uses here.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** Bytes. */
const BODY_LIMIT = 1024 * 1024;

/**
 * Options for `fastify(…)` that its plugins cannot set: errors below the routes, timeouts (ms),
 * limits (bytes), validation. Bodies are validated by their schema: nothing is coerced, removed or
 * defaulted, and only texts are normalized (`x-text`). Schemas of queries, parameters, headers and
 * answers only document: `resourceQuery` and the routes read those.
 */
export function serverOptions(): FastifyHttpOptions<Server> {
  return {
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: requestIdOf,
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 5_000, maxHeaderSize: 16 * 1024 },
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: false },
    schemaController: { compilersFactory: { buildValidator, buildSerializer: () => serializerOf } },
    frameworkErrors: (error, request, reply) => {
      void sendErrors(reply, [frameworkProblem(error, request)]);
    },
    clientErrorHandler: answerBrokenRequest,
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/') ? url : originForm(url)),
  };
}

const ORIGIN = /^https?:\/\/[^/?#]*/i;

/**
 * A server must take whole addresses too, as clients send them to proxies.
 * https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
 */
function originForm(target: string): string {
  const origin = ORIGIN.exec(target)?.[0];
  if (origin === undefined) return target;
  const rest = target.slice(origin.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

type CompilersFactory = NonNullable<
  NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
>;

// Fastify takes any function that answers true or an error; the option's type knows Ajv's alone.
const buildValidator = (() => validatorOf) as unknown as NonNullable<
  CompilersFactory['buildValidator']
>;

function validatorOf({ schema, httpPart }: { schema: unknown; httpPart?: string }) {
  return httpPart === 'body' ? bodyValidator(schema as object) : acceptAll;
}

function acceptAll(): true {
  return true;
}

function serializerOf(): (document: unknown) => string {
  return JSON.stringify;
}

/** Writes to the socket: what Node's HTTP parser refuses never becomes a request. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = brokenRequestProblem(error.code);
  const requestId = newRequestId();
  const body = errorDocument([problem], { requestId });
  // An answer to an earlier request may be half sent: this one must not get into its middle.
  const response = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage;
  if (socket.writable && response?.headersSent !== true) {
    socket.end(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\nContent-Type: ${MEDIA_TYPE}\r\nVary: Accept\r\n` +
        `${REQUEST_ID_HEADER}: ${requestId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  // The peer may send without end: stop reading.
  socket.destroySoon();
}

function brokenRequestProblem(code: string | undefined): ErrorObject {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return protocolProblem('request-timeout', 'Send the whole request in time, then try again.');
    case 'HPE_HEADER_OVERFLOW':
      return protocolProblem(
        'header-fields-too-large',
        'Send header fields of at most 16 KiB in all.',
      );
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return protocolProblem('payload-too-large', 'Send chunks without extensions.');
    default:
      return protocolProblem('invalid-request', 'The request is not valid HTTP/1.1.');
  }
}
