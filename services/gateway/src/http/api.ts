import type { IncomingMessage } from 'node:http';
import { varyByCaller } from '@anaquel/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { discard, type Upstream, type UpstreamRequest } from '../application/upstream.ts';
import { admit, isShopper, type Admission } from './admission.ts';
import { createAnswers, type Answers } from './answers.ts';
import { forwardedHeaders } from './headers.ts';
import { countHold } from './holds.ts';
import type { Ports } from './ports.ts';
import { gatewayRefused, pathNotFound, serviceFailed } from './problems.ts';
import { createMisconfigurationLog, misconfigurationIn } from './misconfiguration.ts';
import { readBody } from './request-body.ts';

/**
 * In bytes. Judging a body costs a service time that others wait for, so strangers get less of it.
 * A hundred lines, the most that can be bought at once, take a quarter of it.
 */
const SHOPPERS_BODY_LIMIT = 65_536;
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * `/api/v1/…` of all services under one address: each has the paths that it declares, and there are
 * no others. Who may ask is settled before a body is read.
 */
export function apiRoutes(app: FastifyInstance, ports: Ports): void {
  const admissions = new WeakMap<FastifyRequest, Admission>();
  const admissionOf = (request: FastifyRequest): Admission => {
    const admission = admissions.get(request);
    if (admission === undefined) throw new Error('A request came past its admission');
    return admission;
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, body: IncomingMessage) => {
    const saysLength = Number(request.headers['content-length'] ?? 0);
    const { bodyLimit } = request.routeOptions;
    const most = isShopper(admissionOf(request)) ? SHOPPERS_BODY_LIMIT : bodyLimit;
    return readBody(body, { most, mostRead: bodyLimit, saysLength });
  });
  app.addHook('onRequest', async (request, reply) => {
    // A service, or a proxy before it, might take them for a way out of what is forwarded.
    if (hasDotSegment(request.url)) throw pathNotFound();
    const admission = await admit(request, reply, ports);
    const role = admission.by === 'own-key' ? 'unknown' : admission.role;
    ports.metrics.admitted(admission.by, role);
    admissions.set(request, admission);
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    varyByCaller(reply, { isPrivate: true });
    done();
  });

  const answers = createAnswers(ports.clock);
  app.addHook('preClose', (done) => {
    answers.endStreams();
    done();
  });
  for (const upstream of ports.upstreams) {
    const forward = createForward(app, upstream, answers, ports);
    for (const path of upstream.target.paths) {
      const bodyLimit = upstream.target.bodyLimits[path];
      for (const url of [`/api/v1/${path}`, `/api/v1/${path}/*`])
        app.route({
          method: METHODS,
          url,
          schema: { hide: true },
          ...(bodyLimit !== undefined && { bodyLimit }),
          handler: (request, reply) => forward(request, reply, admissionOf(request)),
        });
    }
  }
}

/** Sends requests to a service, and its answers back. */
function createForward(app: FastifyInstance, upstream: Upstream, answers: Answers, ports: Ports) {
  const { target } = upstream;
  const warnOfMisconfiguration = createMisconfigurationLog((details, message) =>
    app.log.warn(details, message),
  );
  return async (request: FastifyRequest, reply: FastifyReply, admission: Admission) => {
    const settle = countHold(request, admission, ports);
    const answer = await upstream.send(upstreamRequest(request, reply, admission));
    settle(answer);
    const misconfiguration = answer.ok ? misconfigurationIn(answer, target, admission) : null;
    if (answer.ok && misconfiguration !== null) {
      discard(answer.body);
      warnOfMisconfiguration(target, misconfiguration);
      throw gatewayRefused(target);
    }
    if (answer.ok) return answers.giveBack(answer, target, request, reply, admission);
    if (answer.reason === 'closed') return void reply.hijack().raw.destroy();
    throw serviceFailed(target, answer.reason, request);
  };

  function upstreamRequest(
    request: FastifyRequest,
    reply: FastifyReply,
    admission: Admission,
  ): UpstreamRequest {
    const { method, url, body } = request;
    const headers = forwardedHeaders(request);
    if (admission.by !== 'own-key') {
      headers['x-api-key'] = ports.keys[admission.role];
      if (target.takesActor) headers['x-actor'] = admission.actor;
    }
    return {
      method,
      url,
      headers,
      body: Buffer.isBuffer(body) ? body : undefined,
      signal: disconnectSignal(reply),
    };
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
function disconnectSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
