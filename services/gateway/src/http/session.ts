import { looseJsonBodies, problemResponses, protocolProblem, JsonApiError } from '@anaquel/jsonapi';
import { clientOf } from '@anaquel/runtime';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Session } from '../domain/session.ts';
import { assertOwnPage, isForeign } from './own-pages.ts';
import type { Ports } from './ports.ts';
import { gatewayProblem, tooManyRequests, wrongPassword } from './problems.ts';
import { keepSession, sessionOf } from './session-cookie.ts';

const BODY_LIMIT = 4_096;

const view = {
  type: 'object',
  required: ['role', 'storefront'],
  properties: {
    role: { type: 'string', enum: ['shopper', 'operator'] },
    storefront: {
      type: 'string',
      enum: ['open', 'closed'],
      description: 'Whether shoppers may buy.',
    },
  },
};
const credentials = {
  type: 'object',
  required: ['password'],
  properties: { password: { type: 'string' } },
};
const answer = {
  200: { description: 'Who you are.', content: { 'application/json': { schema: view } } },
};
const tags = ['Session'];

/** Who a browser is: a shopper from its first request on, an operator while signed in. */
export function sessionRoutes(app: FastifyInstance, ports: Ports): void {
  app.register(looseJsonBodies);
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });

  const tell = (reply: FastifyReply, { role }: Session): FastifyReply =>
    reply.send({ role, storefront: ports.storefront });

  app.get(
    '/session',
    { schema: { tags, summary: 'Who am I?', response: answer } },
    async (request, reply) => {
      const cookieSession = sessionOf(request, ports);
      if (cookieSession !== null && !ports.sessions.isDueForMore(cookieSession))
        return tell(reply, cookieSession);
      const session =
        cookieSession === null
          ? ports.sessions.begin('shopper')
          : ports.sessions.prolong(cookieSession);
      if (cookieSession !== null || !isForeign(request)) keepSession(session, reply, ports);
      return tell(reply, session);
    },
  );

  app.post(
    '/session',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        tags,
        summary: 'Sign in as operator',
        consumes: ['application/json'],
        body: credentials,
        response: {
          ...answer,
          ...problemResponses(gatewayProblem, 'wrong-password', 'cross-site-request'),
          ...problemResponses(
            protocolProblem,
            'invalid-json',
            'invalid-document',
            'payload-too-large',
            'unsupported-media-type',
            'too-many-requests',
          ),
        },
      },
      // What the schema says is checked below: the validator speaks of JSON:API documents.
      validatorCompiler: () => () => true,
      async onRequest(request) {
        assertOwnPage(request, sessionOf(request, ports), ports);
        // No form of another site can send this type without being asked for its origin first.
        if (!/^application\/json *(?:;|$)/i.test(request.headers['content-type'] ?? ''))
          throw new JsonApiError(
            protocolProblem('unsupported-media-type', 'Send Content-Type application/json.', {
              source: { header: 'Content-Type' },
            }),
          );
      },
    },
    async (request, reply) => {
      const outcome = ports.signIn(passwordIn(request.body), clientOf(request.ip));
      if (!outcome.ok) {
        if (outcome.error === 'wrong-password') {
          // No more of these than there may be wrong ones.
          request.log.warn({ client: clientOf(request.ip) }, 'a wrong password was tried');
          throw wrongPassword();
        }
        const detail = 'Too many wrong passwords were tried. Wait as long as Retry-After says.';
        throw tooManyRequests(detail, outcome.waitMs);
      }
      // A new one, so that a session known to someone before it was worth anything is not worth
      // more now.
      const session = ports.sessions.begin('operator');
      keepSession(session, reply, ports);
      return tell(reply, session);
    },
  );

  app.delete(
    '/session',
    {
      schema: {
        tags,
        summary: 'Sign out',
        response: {
          204: { description: 'You are a shopper again.', type: 'null' },
          ...problemResponses(gatewayProblem, 'cross-site-request'),
        },
      },
    },
    async (request, reply) => {
      assertOwnPage(request, sessionOf(request, ports), ports);
      keepSession(ports.sessions.begin('shopper'), reply, ports);
      return reply.code(204).send();
    },
  );
}

function passwordIn(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'password' in body) {
    if (typeof body.password === 'string') return body.password;
  }
  throw new JsonApiError(protocolProblem('invalid-document', 'Send {"password": "…"}.'));
}
