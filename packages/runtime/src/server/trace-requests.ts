import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answerOf, type Span, type TracePlace, type Tracing } from '../process/tracing.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Null where no traces are sent. */
    tracing: Tracing | null;
  }
}

const spans = new WeakMap<IncomingMessage, Span>();

/** Of a request that is in a trace which somebody is told of. */
export function traceIdOf(raw: IncomingMessage): string | undefined {
  const span = spans.get(raw);
  return span?.isSampled ? span.traceId : undefined;
}

/**
 * Each request is a span, until its answer begins: a live stream's, too. It goes on with the
 * caller's trace where the caller is `known`; else strangers would decide what is sampled, and
 * fill the traces of others. Theirs is a link.
 */
export function traceRequests(
  app: FastifyInstance,
  { known }: { readonly known: (request: FastifyRequest) => boolean },
): void {
  const { tracing } = app;
  if (tracing === null) return;
  app.addHook('onRequest', (request, _reply, done) => {
    const { url: route } = request.routeOptions;
    if (isProbe(route)) return done();
    const span = tracing.begin({
      name: route === undefined ? request.method : `${request.method} ${route}`,
      kind: 'server',
      ...placeOf(request, known(request)),
      attributes: {
        'http.request.method': request.method,
        ...(route !== undefined && { 'http.route': route }),
        'url.path': pathOf(request.url),
        'anaquel.request_id': request.id,
      },
    });
    spans.set(request.raw, span);
    tracing.run(span, done);
  });
  // What reads a body goes on by the events of a socket, which are part of nothing.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request.raw);
    if (span) tracing.run(span, done);
    else done();
  });
  app.finishedRequests.listen(({ raw, status }) => {
    spans.get(raw)?.end(...answerOf(status, 500));
  });
}

function placeOf(
  { headers }: FastifyRequest,
  isKnown: boolean,
): { readonly parent: TracePlace | null; readonly links?: readonly TracePlace[] } {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return { parent: null };
  const place = {
    traceparent,
    tracestate: tracestate === undefined ? tracestate : String(tracestate),
  };
  return isKnown ? { parent: place } : { parent: null, links: [place] };
}

/** They come every second, and say nothing but that all is well. */
function isProbe(route: string | undefined): boolean {
  return route !== undefined && (route.startsWith('/health') || route === '/metrics');
}

const LONGEST_PATH = 256;

function pathOf(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path.slice(0, LONGEST_PATH);
}
