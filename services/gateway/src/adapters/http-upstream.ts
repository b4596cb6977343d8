import type { Readable } from 'node:stream';
import { createCircuitBreaker, type CallResult } from '@anaquel/runtime';
import { Pool } from 'undici';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from '../application/upstream.ts';
import { isLiveStream, type Target } from '../domain/target.ts';

export interface HttpUpstreamOptions {
  readonly target: Target;
  /** Scheme, host, port and, where there is one, a path to put before every other. */
  readonly baseUrl: string;
  /** A failure that is worth a line in the log. `detail` is for nobody else. */
  readonly onFailure: (detail: string) => void;
  /**
   * How long an answer may take to begin, and be silent once it has. Live streams may be silent for
   * longer.
   */
  readonly answerWithinMs?: number;
}

/** Twice what a service serves as streams, each of which has a connection to itself. */
const MOST_CONNECTIONS = 2_000;
const CONNECT_WITHIN_MS = 1_000;
/** Longer than a service takes for anything, its own waits included. */
const ANSWER_WITHIN_MS = 10_000;
/**
 * A live stream says something each 15 seconds; one that is silent for longer than this has died.
 */
const STREAM_SILENT_FOR_MS = 60_000;
/**
 * The last part of the time for an answer goes to a probe, so that when nothing came it is known
 * whether the service hangs.
 */
const PROBE_SHARE = 0.2;
/**
 * Shorter than a service keeps its side, so that nothing is sent into a connection that is just
 * being closed.
 */
const KEPT_FOR_MS = 4_000;

/** Before there is a connection nothing is sent. */
const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const BUG_CODES = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);
const CLOSED_CODES = new Set(['UND_ERR_DESTROYED', 'UND_ERR_CLOSED']);

/**
 * A service over kept connections. One that hangs costs the requests of its first ten seconds their
 * patience and from then on none: a circuit breaker refuses at once, and probes until it is back. A
 * service that is slow for one request is asked for others as before.
 */
export function createHttpUpstream(options: HttpUpstreamOptions): Upstream {
  const { target, baseUrl, onFailure, answerWithinMs = ANSWER_WITHIN_MS } = options;
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/$/, '');
  const pool = new Pool(base.origin, {
    connections: MOST_CONNECTIONS,
    pipelining: 1,
    connect: { timeout: CONNECT_WITHIN_MS },
    // Until the answer begins, our own timer counts: it begins before there is a connection.
    headersTimeout: 0,
    keepAliveTimeout: KEPT_FOR_MS,
  });
  const probeWithinMs = answerWithinMs * PROBE_SHARE;
  const breaker = createCircuitBreaker({ probe, slowAfterMs: answerWithinMs - probeWithinMs });

  async function probe(): Promise<CallResult> {
    try {
      const { statusCode, body } = await pool.request({
        method: 'GET',
        path: `${prefix}/health/live`,
        signal: AbortSignal.timeout(probeWithinMs),
      });
      await body.dump();
      return statusCode === 200 ? { ok: true } : { ok: false, reason: 'lost' };
    } catch (error) {
      return { ok: false, reason: CLOSED_CODES.has(codeOf(error)) ? 'closed' : 'unreachable' };
    }
  }

  async function attempt(request: UpstreamRequest, givenUp: AbortSignal): Promise<UpstreamAnswer> {
    const { method, url, headers, body = null, signal } = request;
    const isStream = isLiveStream(url);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), answerWithinMs);
    try {
      const answer = await pool.request({
        method,
        path: prefix + url,
        headers,
        body,
        bodyTimeout: isStream ? STREAM_SILENT_FOR_MS : answerWithinMs,
        signal: AbortSignal.any([signal, givenUp, late.signal]),
      });
      // Until there is more than headers, the client can still be told what became of its request.
      if (!isStream) await firstPart(answer.body);
      return { ok: true, status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (error) {
      const code = codeOf(error);
      if (signal.aborted || givenUp.aborted || CLOSED_CODES.has(code))
        return { ok: false, reason: 'closed' };
      // A mistake of ours says nothing of the service.
      if (BUG_CODES.has(code)) throw error;
      onFailure(late.signal.aborted ? `no answer in ${answerWithinMs} ms` : code);
      if (late.signal.aborted) return { ok: false, reason: 'timeout' };
      return { ok: false, reason: UNREACHABLE_CODES.has(code) ? 'unreachable' : 'lost' };
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    target,
    async send(request) {
      const giveUp = new AbortController();
      let isSent = false;
      const answer = await breaker.call(() => {
        isSent = true;
        return attempt(request, giveUp.signal);
      });
      if (answer !== null) return answer;
      // The circuit is open. What was under way must not come to an answer that nobody reads.
      giveUp.abort();
      return { ok: false, reason: isSent ? 'timeout' : 'unreachable' };
    },
    close: () => pool.destroy(),
  };
}

/** Resolves when a first part of a body is there, or it is known to be empty. */
function firstPart(body: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    body.once('readable', resolve).once('end', resolve).once('error', reject);
  });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
