import { clientOf, type Clock } from '@anaquel/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { discard, type UpstreamResponse } from '../application/upstream.ts';
import { isRead } from '../domain/access.ts';
import type { Target } from '../domain/target.ts';
import { isShopper, type Admission } from './admission.ts';
import { compressed } from './compression.ts';
import { returnHeaders } from './headers.ts';
import { createOpenStreams } from './open-streams.ts';
import { serviceFailed, signInRequired, tooManyRequests } from './problems.ts';

/** Gives the answers of services to clients. */
export interface Answers {
  /** @throws {JsonApiError} when the client has too many streams, or must sign in. */
  giveBack(
    answer: UpstreamResponse,
    target: Target,
    request: FastifyRequest,
    reply: FastifyReply,
    admission: Admission,
  ): FastifyReply;
  /** Ends the live streams, so that a close needn't wait for them. */
  endStreams(): void;
}

/**
 * Live streams that one client may have open: a tab has one, and all share the thousand that a
 * service serves.
 */
const MOST_STREAMS_EACH = 50;
const STREAM_WAIT_MS = 30_000;

export function createAnswers(clock: Clock): Answers {
  const openStreams = createOpenStreams(clock);
  return {
    endStreams: () => openStreams.end(),
    giveBack({ status, headers, body }, target, request, reply, admission) {
      const { method, ip } = request;
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
      if (!isStream) {
        const broken = () => serviceFailed(target, 'lost', request);
        return reply.send(compressed(body, request, reply, broken));
      }
      const client = clientOf(ip);
      if (openStreams.countOf(client) >= MOST_STREAMS_EACH) {
        discard(body.destroy());
        throw tooManyRequests('Close some of the streams that you have open.', STREAM_WAIT_MS);
      }
      const expiresAtMs = admission.by === 'own-key' ? Infinity : admission.expiresAtMs;
      return reply.send(openStreams.add(body, client, expiresAtMs));
    },
  };
}
