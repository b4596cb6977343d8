import { createReplicas, type Replica, type TlsIdentity, type Tracing } from '@anaquel/runtime';
import {
  discard,
  type Failure,
  type Upstream,
  type UpstreamAnswer,
  type UpstreamRequest,
} from '../application/upstream.ts';
import { isRead } from '../domain/access.ts';
import { productHint } from '../domain/product-hint.ts';
import { takesKeys, type Target } from '../domain/target.ts';
import { createSending } from './replica-sending.ts';

export interface HttpUpstreamOptions {
  readonly target: Target;
  /**
   * Of all replicas: scheme, host, port and, where there is one, a path to put before every other.
   */
  readonly baseUrls: readonly string[];
  /** For addresses of https. */
  readonly tls: TlsIdentity | null;
  /** A failure that is worth a line in the log. `detail` is for nobody else. */
  readonly onFailure: (replica: Replica, detail: string) => void;
  /** Told when one of several replicas is left out, and when it is back. */
  readonly onChange: (replica: Replica, isUsable: boolean) => void;
  /**
   * How long an answer may take to begin, and be silent once it has. Live streams may be silent for
   * longer.
   */
  readonly answerWithinMs?: number;
  readonly tracing: Tracing | null;
}

/** Twice what a service serves as streams, each of which has a connection to itself. */
const MOST_CONNECTIONS = 2_000;
const CONNECT_WITHIN_MS = 1_000;
/** Longer than a service takes for anything, its own waits included. */
const ANSWER_WITHIN_MS = 10_000;
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

/**
 * Statuses of answers that say nothing of an earlier sending of the same request: see
 * docs/retrying.md.
 */
const NO_OUTCOMES = new Set([401, 403, 408, 421, 429, 503]);

/**
 * A service over kept connections. One that hangs costs the requests of its first ten seconds their
 * patience and from then on none: a circuit breaker refuses at once, and probes until it is back. A
 * service that is slow for one request is asked for others as before. Where it has several
 * replicas, a request that one of them can't have carried out goes to the next, and one that may be
 * sent twice goes to one other, within the same time.
 */
export function createHttpUpstream(options: HttpUpstreamOptions): Upstream {
  const { target, baseUrls, tls, onFailure, onChange, tracing } = options;
  const { answerWithinMs = ANSWER_WITHIN_MS } = options;
  const areSeveral = baseUrls.length > 1;
  const probeWithinMs = answerWithinMs * PROBE_SHARE;
  const replicas = createReplicas({
    baseUrls,
    tls,
    pool: {
      connections: MOST_CONNECTIONS,
      pipelining: 1,
      connect: { timeout: CONNECT_WITHIN_MS },
      // Until the answer begins, our own timer counts: it begins before there is a connection.
      headersTimeout: 0,
      keepAliveTimeout: KEPT_FOR_MS,
    },
    probeWithinMs,
    slowAfterMs: answerWithinMs - probeWithinMs,
    whenNoneIsWell: 'fail',
    onChange,
  });
  const sendTo = createSending({
    service: target.name,
    onFailure,
    answerWithinMs,
    endsStreams: areSeveral,
    tracing,
  });

  /** Sends to one replica after the other while that is of use and can do no harm. */
  async function sendToSeveral(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const endsAtMs = performance.now() + answerWithinMs;
    const hint = productHint(request.url, request.body);
    const tried: Replica[] = [];
    /** How the replica failed that may have carried it out. */
    let unknown: Failure | null = null;
    for (;;) {
      const replica = replicas.choose(hint, tried);
      const leftMs = endsAtMs - performance.now();
      if (tried.includes(replica) || (tried.length > 0 && leftMs <= 0)) break;
      const answer = await sendTo(replica, request, leftMs);
      if (!answer.ok && answer.reason === 'unreachable') {
        tried.push(replica);
        continue;
      }
      if (!answer.ok && answer.reason !== 'closed' && unknown === null && mayRepeat(request)) {
        tried.push(replica);
        unknown = answer.reason;
        continue;
      }
      if (unknown === null || isRead(request.method)) return answer;
      // Whatever it says of the second sending, the first may have been carried out.
      if (!answer.ok) return answer;
      if (!NO_OUTCOMES.has(answer.status)) return { ...answer, isRepeat: true };
      discard(answer.body);
      break;
    }
    return { ok: false, reason: unknown ?? 'unreachable' };
  }

  function mayRepeat({ method, url, headers }: UpstreamRequest): boolean {
    return isRead(method) || (takesKeys(target, url) && Boolean(headers['idempotency-key']));
  }

  const [first] = replicas.all;
  if (first === undefined) throw new Error(`${target.name} has no address`);
  return {
    target,
    send: (request) =>
      areSeveral ? sendToSeveral(request) : sendTo(first, request, answerWithinMs),
    sendToEach: (request) =>
      Promise.all(replicas.all.map((replica) => sendTo(replica, request, answerWithinMs))),
    replicaCounts: replicas.counts,
    close: replicas.close,
  };
}
