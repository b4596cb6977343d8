import type { IncomingMessage } from 'node:http';
import { clientOf, varyByCaller } from '@anaquel/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { discard, type Answered, type UpstreamRequest } from '../application/upstream.ts';
import { isRead } from '../domain/access.ts';
import { targetOf } from '../domain/target.ts';
import { admit, isShopper, type Admission } from './admission.ts';
import { forwardedHeaders, returnHeaders } from './headers.ts';
import { countHold } from './holds.ts';
import { createOpenStreams } from './open-streams.ts';
import type { Ports } from './ports.ts';
import {
  gatewayRefused,
  pathNotFound,
  serviceFailed,
  signInRequired,
  tooManyRequests,
} from './problems.ts';
import { createMistakeLog, ownMistakeIn } from './own-mistakes.ts';
import { readBody } from './request-body.ts';

/**
 * Live streams that one client may have open: a tab has one, and all share the thousand that a
 * service serves.
 */
const MOST_STREAMS_EACH = 50;
const STREAM_WAIT_MS = 30_000;
/**
 * In bytes. Judging a body costs a service time that others wait for, so strangers get less of it.
 * A hundred lines, the most that can be bought at once, take a quarter of it.
 */
const SHOPPERS_BODY_LIMIT = 65_536;
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** `/api/v1/…` of both services under one address. Who may ask is settled before a body is read. */
export function apiRoutes(app: FastifyInstance, ports: Ports): void {
  const admissions = new WeakMap<FastifyRequest, Admission>();
  const openStreams = createOpenStreams(ports.clock);
  const { bodyLimit = 0 } = app.initialConfig;
  const tellMistake = createMistakeLog((details, message) => app.log.warn(details, message));

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, body: IncomingMessage) => {
    const saysLength = Number(request.headers['content-length'] ?? 0);
    const most = isShopper(admissionOf(request)) ? SHOPPERS_BODY_LIMIT : bodyLimit;
    return readBody(body, { most, mostRead: bodyLimit, saysLength });
  });
  app.addHook('onRequest', async (request, reply) => {
    // A service, or a proxy before it, might take them for a way out of what is forwarded.
    if (hasDotSegment(request.url)) throw pathNotFound();
    admissions.set(request, await admit(request, reply, ports));
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    varyByCaller(reply, { isPrivate: true });
    done();
  });
  app.addHook('preClose', (done) => {
    openStreams.end();
    done();
  });

  app.route({
    method: METHODS,
    url: '/api/v1/*',
    schema: { hide: true },
    async handler(request, reply) {
      const admission = admissionOf(request);
      const target = targetOf(request.url);
      const settle = countHold(request, admission, ports);
      const answer = await ports.upstreams[target].send(upstreamRequest(request, reply, admission));
      settle(answer);
      const mistake = answer.ok ? ownMistakeIn(answer, target, admission) : null;
      if (answer.ok && mistake !== null) {
        discard(answer.body);
        tellMistake(target, mistake);
        throw gatewayRefused(target);
      }
      if (answer.ok) return giveBack(answer, request, reply, admission);
      if (answer.reason === 'closed') return void reply.hijack().raw.destroy();
      throw serviceFailed(target, answer.reason, request.method);
    },
  });

  function admissionOf(request: FastifyRequest): Admission {
    const admission = admissions.get(request);
    if (admission === undefined) throw new Error('A request came past its admission');
    return admission;
  }

  function upstreamRequest(
    request: FastifyRequest,
    reply: FastifyReply,
    admission: Admission,
  ): UpstreamRequest {
    const { method, url, body } = request;
    const headers = forwardedHeaders(request);
    if (admission.by !== 'own-key') {
      headers['x-api-key'] = ports.keys[admission.role];
      // Believed by Inventory alone; Products has no use for it.
      if (targetOf(url) === 'inventory') headers['x-actor'] = admission.actor;
    }
    return {
      method,
      url,
      headers,
      body: Buffer.isBuffer(body) ? body : undefined,
      signal: goneSignal(reply),
    };
  }

  function giveBack(
    { status, headers, body }: Answered,
    { method, ip }: FastifyRequest,
    reply: FastifyReply,
    admission: Admission,
  ): FastifyReply {
    // To one without a key the service's advice to ask for a better one is of no use.
    if (status === 403 && isRead(method) && admission.by === 'session' && isShopper(admission)) {
      discard(body);
      throw signInRequired();
    }
    returnHeaders(headers, reply);
    reply.code(status);
    if (method === 'HEAD' || status === 204 || status === 304) {
      discard(body);
      return reply.send();
    }
    const isStream = String(headers['content-type']).startsWith('text/event-stream');
    if (!isStream) return reply.send(body);
    const client = clientOf(ip);
    if (openStreams.countOf(client) >= MOST_STREAMS_EACH) {
      discard(body.destroy());
      throw tooManyRequests('Close some of the streams that you have open.', STREAM_WAIT_MS);
    }
    const expiresAtMs = admission.by === 'own-key' ? Infinity : admission.expiresAtMs;
    return reply.send(openStreams.add(body, client, expiresAtMs));
  }
}

/**
 * Whether a path has a segment `.` or `..`, as it stands or percent-encoded.
 * https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4
 */
function hasDotSegment(url: string): boolean {
  const [path = ''] = url.split('?', 1);
  return /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)/i.test(path.replaceAll(/%2f|%5c/gi, '/'));
}

/** Aborted when the client goes before its answer is complete. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
