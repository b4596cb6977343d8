import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendErrors } from './json-api-errors.ts';
import { parseBodiesAsJson } from './json-bodies.ts';
import { MEDIA_TYPE, mediaTypeRules, type MediaTypeRules } from './media-type.ts';
import { protocolProblem } from './problems.ts';
import { varyOnAccept } from './vary.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The extension that an address speaks, and that requests to it must name. */
    jsonApiExtension?: string;
    /** Set for every route below `jsonApiRoutes`. */
    speaksJsonApi?: true;
  }
  interface FastifyRequest {
    /** The profiles in the request's `Accept`. */
    jsonApiProfiles: readonly string[];
  }
  interface FastifyReply {
    /** The media type of the answer. */
    jsonApiMediaType: string;
  }
}

/**
 * Wraps canonical routes in an app that speaks JSON:API only: other bodies are 415, other wishes
 * 406, every answer with a body carries the media type with no parameter but what was applied, all
 * carry `Vary: Accept`. https://jsonapi.org/format/1.1/#content-negotiation Use:
 * `app.register(jsonApiRoutes((instance) => { instance.get(…) }), { prefix: '/api/v1' })`.
 */
export function jsonApiRoutes(
  routes: (app: FastifyInstance) => void | Promise<void>,
): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    parseBodiesAsJson(app);
    // Set before anything reads it; null only fixes the request's shape.
    app.decorateRequest('jsonApiProfiles', null as unknown as string[]);
    app.decorateReply('jsonApiMediaType', MEDIA_TYPE);
    app.addHook('onRoute', (route) => {
      route.config = { ...route.config, speaksJsonApi: true };
    });
    app.addHook('onRequest', negotiate);
    app.addHook('onSend', labelAnswer);
    await routes(app);
  };
}

const plain = mediaTypeRules(null);
const extended = new Map<string, MediaTypeRules>();

function rulesFor({ routeOptions }: FastifyRequest): MediaTypeRules {
  const { jsonApiExtension: extension } = routeOptions.config;
  if (extension === undefined) return plain;
  const rules = extended.get(extension) ?? mediaTypeRules(extension);
  extended.set(extension, rules);
  return rules;
}

function negotiate(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { headers } = request;
  const rules = rulesFor(request);
  if (rules !== plain) reply.jsonApiMediaType = rules.mediaType;
  const accepted = rules.accept(headers.accept);
  if (accepted.refusal !== undefined) {
    refuse(reply, 'not-acceptable', 'Accept', accepted.refusal);
    return;
  }
  request.jsonApiProfiles = accepted.profiles;
  if (hasBody(headers)) {
    const { refusal } = rules.contentType(headers['content-type']);
    if (refusal !== undefined) {
      refuse(reply, 'unsupported-media-type', 'Content-Type', refusal);
      return;
    }
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      const detail = 'send the body without a Content-Encoding.';
      refuse(reply, 'unsupported-media-type', 'Content-Encoding', detail);
      return;
    }
  }
  done();
}

function refuse(
  reply: FastifyReply,
  code: 'not-acceptable' | 'unsupported-media-type',
  header: string,
  detail: string,
): void {
  sendErrors(reply, [protocolProblem(code, sentence(detail), { source: { header } })]);
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
  else reply.header('content-type', reply.jsonApiMediaType);
  done(null, payload);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
