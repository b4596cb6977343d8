import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendErrors } from './json-api-errors.ts';
import { parseBodiesAsJson } from './json-bodies.ts';
import { acceptRefusal, contentTypeRefusal, MEDIA_TYPE } from './media-type.ts';
import { protocolProblem } from './problems.ts';
import { varyOnAccept } from './vary.ts';

/**
 * Wraps canonical routes in a scope that speaks JSON:API only: other bodies are 415, other wishes 406, every answer with a body
 * carries the media type without parameters, all carry `Vary: Accept`. https://jsonapi.org/format/1.1/#content-negotiation
 * Use: `app.register(jsonApiRoutes((scope) => { scope.get(…) }), { prefix: '/api/v1' })`.
 */
export function jsonApiRoutes(
  routes: (scope: FastifyInstance) => void | Promise<void>,
): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    parseBodiesAsJson(scope);
    scope.addHook('onRequest', negotiate);
    scope.addHook('onSend', labelAnswer);
    await routes(scope);
  };
}

function negotiate(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { headers } = request;
  const unacceptable = acceptRefusal(headers.accept);
  if (unacceptable !== undefined) {
    sendErrors(reply, [
      protocolProblem('not-acceptable', sentence(unacceptable), { source: { header: 'Accept' } }),
    ]);
    return;
  }
  if (hasBody(headers)) {
    const unsupported = contentTypeRefusal(headers['content-type']);
    if (unsupported !== undefined) {
      sendErrors(reply, [
        protocolProblem('unsupported-media-type', sentence(unsupported), {
          source: { header: 'Content-Type' },
        }),
      ]);
      return;
    }
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      const detail = 'Send the body without a Content-Encoding.';
      sendErrors(reply, [
        protocolProblem('unsupported-media-type', detail, {
          source: { header: 'Content-Encoding' },
        }),
      ]);
      return;
    }
  }
  done();
}

function hasBody(headers: FastifyRequest['headers']): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0';
}

function labelAnswer(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  varyOnAccept(reply);
  if (payload === undefined || payload === null) reply.removeHeader('content-type');
  else reply.header('content-type', MEDIA_TYPE);
  done(null, payload);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
