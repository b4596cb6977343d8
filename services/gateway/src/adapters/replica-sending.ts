import type { Readable } from 'node:stream';
import { beginCall, isCertificateError, type Replica, type Tracing } from '@anaquel/runtime';
import type { UpstreamAnswer, UpstreamRequest } from '../application/upstream.ts';
import { isLiveStream } from '../domain/target.ts';

export interface SendingOptions {
  /** As traces name it. */
  readonly service: string;
  readonly tracing: Tracing | null;
  /** A failure that is worth a line in the log. `detail` is for nobody else. */
  readonly onFailure: (replica: Replica, detail: string) => void;
  /** How long an answer may be silent once it has begun. Live streams may be for longer. */
  readonly answerWithinMs: number;
  /** Whether a live stream ends with its replica: its client can go on with another one. */
  readonly endsStreams: boolean;
}

/**
 * Sends a request to one replica, once. The answer begins within so many milliseconds, or there is
 * none.
 */
export type SendTo = (
  replica: Replica,
  request: UpstreamRequest,
  withinMs: number,
) => Promise<UpstreamAnswer>;

/**
 * A live stream says something each 15 seconds; one that is silent for longer than this has died.
 */
const STREAM_SILENT_FOR_MS = 60_000;

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

/** Sends through the circuit breaker of the replica. */
export function createSending(options: SendingOptions): SendTo {
  return async (replica, request, withinMs) => {
    const giveUp = new AbortController();
    let isSent = false;
    const answer = await replica.call(() => {
      isSent = true;
      return attempt(options, replica, { request, givenUp: giveUp.signal, withinMs });
    });
    if (answer !== null) return answer;
    // The circuit is open. What was under way must not come to an answer that nobody reads.
    giveUp.abort();
    return { ok: false, reason: isSent ? 'timeout' : 'unreachable' };
  };
}

interface Attempt {
  readonly request: UpstreamRequest;
  /** Aborted when the replica is known to fail. */
  readonly givenUp: AbortSignal;
  readonly withinMs: number;
}

async function attempt(
  { service, tracing, onFailure, answerWithinMs, endsStreams }: SendingOptions,
  replica: Replica,
  { request, givenUp, withinMs }: Attempt,
): Promise<UpstreamAnswer> {
  const { method, url, headers, body = null, signal } = request;
  const isStream = isLiveStream(url);
  const call = beginCall(tracing, `${method} ${service}`, { 'server.address': replica.baseUrl });
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), withinMs);
  try {
    const answer = await replica.request({
      method,
      path: url,
      headers: { ...headers, ...call.headers },
      body,
      bodyTimeout: isStream ? STREAM_SILENT_FOR_MS : answerWithinMs,
      signal: AbortSignal.any([signal, givenUp, late.signal]),
    });
    call.end(answer.statusCode);
    // Until there is more than headers, the client can still be told what became of its request.
    if (!isStream) await firstPart(answer.body);
    else if (endsStreams) endWithReplica(answer.body, replica);
    return {
      ok: true,
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body,
      isRepeat: false,
    };
  } catch (error) {
    const code = codeOf(error);
    call.end(late.signal.aborted ? 'timeout' : code);
    if (signal.aborted || givenUp.aborted || CLOSED_CODES.has(code))
      return { ok: false, reason: 'closed' };
    // A mistake of ours says nothing of the service.
    if (BUG_CODES.has(code)) throw error;
    onFailure(replica, late.signal.aborted ? `no answer in ${answerWithinMs} ms` : code);
    if (late.signal.aborted) return { ok: false, reason: 'timeout' };
    const isSent = !UNREACHABLE_CODES.has(code) && !isCertificateError(code);
    return { ok: false, reason: isSent ? 'lost' : 'unreachable' };
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a live stream when its replica hangs: its client can go on with another one. */
function endWithReplica(body: Readable, replica: Replica): void {
  body.once(
    'close',
    replica.onFailing(() => body.destroy(new Error('Its replica fails'))),
  );
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
