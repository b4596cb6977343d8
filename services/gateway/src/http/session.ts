import { looseJsonBodies, problemResponses, protocolProblem, JsonApiError } from '@anaquel/jsonapi';
import { clientOf } from '@anaquel/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SignInOutcome } from '../application/sign-in.ts';
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
  readSession(app, ports);
  signIn(app, ports);
  signOut(app, ports);
}

function readSession(app: FastifyInstance, ports: Ports): void {
  app.get(
    '/session',
    { schema: { tags, summary: 'Who am I?', response: answer } },
    async (request, reply) => {
      const cookieSession = sessionOf(request, ports);
      if (cookieSession !== null && !ports.sessions.isDueForMore(cookieSession))
        return sendSession(cookieSession, reply, ports);
      const session =
        cookieSession === null
          ? ports.sessions.begin('shopper')
          : ports.sessions.prolong(cookieSession);
      if (cookieSession !== null || !isForeign(request)) keepSession(session, reply, ports);
      return sendSession(session, reply, ports);
    },
  );
}

const signInProblems = {
  ...problemResponses(gatewayProblem, 'wrong-password', 'cross-site-request'),
  ...problemResponses(
    protocolProblem,
    'invalid-json',
    'invalid-document',
    'payload-too-large',
    'unsupported-media-type',
    'too-many-requests',
  ),
};

function signIn(app: FastifyInstance, ports: Ports): void {
  app.post(
    '/session',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        tags,
        summary: 'Sign in as operator',
        consumes: ['application/json'],
        body: credentials,
        response: { ...answer, ...signInProblems },
      },
      // What the schema says is checked below: the validator speaks of JSON:API documents.
      validatorCompiler: () => () => true,
      async onRequest(request) {
        assertOwnPage(request, sessionOf(request, ports), ports);
        assertJson(request);
      },
    },
    async (request, reply) => {
      const outcome = ports.signIn(passwordIn(request.body), clientOf(request.ip));
      if (!outcome.ok) throw signInRefusal(outcome, request);
      // A new one, so that a session known to someone before it was worth anything is not worth
      // more now.
      const session = ports.sessions.begin('operator');
      keepSession(session, reply, ports);
      return sendSession(session, reply, ports);
    },
  );
}

function signOut(app: FastifyInstance, ports: Ports): void {
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

function sendSession({ role }: Session, reply: FastifyReply, { storefront }: Ports): FastifyReply {
  return reply.send({ role, storefront });
}

/** No form of another site can send this type without being asked for its origin first. */
function assertJson({ headers }: FastifyRequest): void {
  if (/^application\/json *(?:;|$)/i.test(headers['content-type'] ?? '')) return;
  throw new JsonApiError(
    protocolProblem('unsupported-media-type', 'Send Content-Type application/json.', {
      source: { header: 'Content-Type' },
    }),
  );
}

function signInRefusal(
  refusal: Extract<SignInOutcome, { ok: false }>,
  { log, ip }: FastifyRequest,
): JsonApiError {
  if (refusal.error === 'wrong-password') {
    // No more of these than there may be wrong ones.
    log.warn({ client: clientOf(ip) }, 'a wrong password was tried');
    return wrongPassword();
  }
  const detail = 'Too many wrong passwords were tried. Wait as long as Retry-After says.';
  return tooManyRequests(detail, refusal.waitMs);
}

function passwordIn(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'password' in body) {
    if (typeof body.password === 'string') return body.password;
  }
  throw new JsonApiError(protocolProblem('invalid-document', 'Send {"password": "…"}.'));
}
