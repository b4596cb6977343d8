import type { IncomingMessage } from 'node:http';
import { REQUEST_ID_HEADER } from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A request that has its answer. */
export interface FinishedRequest {
  readonly id: string;
  readonly raw: IncomingMessage;
  /** The pattern of its route, such as `/api/v1/purchases/:id`; `undefined` for no route's. */
  readonly route: string | undefined;
  readonly status: number;
  /** From its headers to its answer, in milliseconds. Of a live stream, to the stream's begin. */
  readonly elapsedMs: number;
  /** Of a refusal: the code of its first error. */
  readonly code: string | undefined;
  /** What was thrown, if anything was. */
  readonly error: Error | undefined;
}

/** The one place where requests end: who logs, counts or traces them is told here. */
export interface FinishedRequests {
  /** `listener` is told of each request as its answer is about to be written, and may not throw. */
  listen(listener: (request: FinishedRequest) => void): void;
  /** For who answers a request without Fastify's `send`. */
  tell(request: FinishedRequest): void;
}

declare module 'fastify' {
  interface FastifyInstance {
    finishedRequests: FinishedRequests;
  }
  interface FastifyRequest {
    /** When it came, by `performance.now()`. */
    beginMs: number;
  }
}

/** Tells of all requests of a server; its owner registers it before what may refuse one. */
export function tellFinishedRequests(app: FastifyInstance): FinishedRequests {
  const listeners: ((request: FinishedRequest) => void)[] = [];
  const errors = new WeakMap<FastifyRequest, Error>();
  const requests: FinishedRequests = {
    listen: (listener) => void listeners.push(listener),
    tell(request) {
      for (const listener of listeners) listener(request);
    },
  };
  app.decorate('finishedRequests', requests);
  app.decorateRequest('beginMs', 0);
  app.addHook('onRequest', (request, reply, done) => {
    request.beginMs = performance.now();
    // By which whoever is told of it names it.
    reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
  app.addHook('onError', (request, _reply, error, done) => {
    errors.set(request, error);
    done();
  });
  // A hook before the answer: one after it, or a log of Fastify's own, would have Fastify listen to
  // the end of each answer.
  app.addHook('onSend', (request, reply, payload, done) => {
    const code = reply.problemCode;
    const error = code === undefined ? undefined : errors.get(request);
    requests.tell(finishedRequest(request, reply.statusCode, { code, error }));
    done(null, payload);
  });
  return requests;
}

/** A request of Fastify's whose answer begins now. */
export function finishedRequest(
  { id, raw, beginMs, routeOptions }: FastifyRequest,
  status: number,
  { code, error }: Partial<Pick<FinishedRequest, 'code' | 'error'>> = {},
): FinishedRequest {
  const elapsedMs = performance.now() - beginMs;
  return { id, raw, route: routeOptions.url, status, elapsedMs, code, error };
}
