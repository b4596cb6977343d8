import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CERTIFICATE_CHALLENGE } from '../process/tls-settings.ts';
import type { TlsIdentity } from '../process/tls-identity.ts';
import { beginCall, type Tracing } from '../process/tracing.ts';
import { createReplicas, type Replica } from './replicas.ts';
import { createRetryBudget } from './retry-budget.ts';

/**
 * Why there is no answer. `unreachable`: no connection, or it broke; `timeout`: the budget ran out;
 * `overloaded`: 429 to the last try; `failed`: a 5xx to the last try; `unusable`: an answer that is
 * too large, no JSON, or a redirect (never followed), or one of the two sides does not accept the
 * certificate of the other.
 */
export type NoAnswerReason =
  | 'unreachable'
  | 'timeout'
  | 'overloaded'
  | 'failed'
  | 'unusable'
  | 'closed';

/**
 * `ok` says that the other side answered, not that it agreed: `status` is any below 500 but 3xx,
 * and 429 only where it is about the key.
 */
export type JsonAnswer =
  | { ok: true; status: number; body: unknown }
  | { ok: false; reason: NoAnswerReason; /** For the log, never for an answer. */ detail: string };

export interface HttpClientOptions {
  /**
   * Of all replicas: scheme, host, port and, where there is one, a path to put before every other.
   */
  baseUrls: readonly string[];
  apiKey: string;
  /** For addresses of https. */
  tls?: TlsIdentity | null;
  /** One budget for a whole lookup, its retries and pauses included. */
  timeoutMs: number;
  /**
   * Tries after the first, on connection errors, 5xx and 429 only, and over time for one request in
   * ten. 0 for none.
   */
  maxRetries: number;
  /** Told when one of several replicas is left out, and when it is back. */
  onChange?: (replica: Replica, isUsable: boolean) => void;
  /** Each try is a span of the work that it is for. */
  tracing?: Tracing | null;
}

export interface TryOptions {
  /** It is not tried again. */
  readonly once?: boolean;
  /** It is tried again only while this says so. */
  readonly isWaitedFor?: () => boolean;
}

export interface HttpClient {
  /**
   * Never throws for what the network or the other side does. `path` starts with a slash and may
   * carry a query.
   */
  getJson(path: string, options?: TryOptions): Promise<JsonAnswer>;
  /** Ends idle connections and cuts the rest. */
  close(): Promise<void>;
}

/** Further requests wait, within their budget. */
const MAX_CONNECTIONS = 64;
const MAX_BODY_BYTES = 8 * 1_048_576;
/** The longest pause before the first retry; each next one may be twice as long. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** How long one of several replicas may take to say that it lives. */
const PROBE_WITHIN_MS = 1_000;

/**
 * Another service's JSON over kept connections, within one budget of time. GET only: every request
 * may be repeated, and goes to another replica then, if there is one.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { baseUrls, apiKey, tls = null, timeoutMs, maxRetries, onChange } = options;
  const { tracing = null } = options;
  const replicas = createReplicas({
    baseUrls,
    tls,
    pool: {
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      connect: { timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      // Shorter than a server keeps its side, so that we don't send into a connection that is just
      // being closed.
      keepAliveTimeout: 4_000,
      maxResponseSize: MAX_BODY_BYTES,
    },
    probeWithinMs: PROBE_WITHIN_MS,
    slowAfterMs: timeoutMs,
    whenNoneIsWell: 'call',
    ...(onChange && { onChange }),
  });
  const budget = createRetryBudget();
  const headers = {
    'x-api-key': apiKey,
    accept: 'application/vnd.api+json, application/json;q=0.9',
  };

  async function attempt(replica: Replica, path: string, signal: AbortSignal): Promise<JsonAnswer> {
    const answer = await replica.call(() =>
      ask(replica, path, { headers, signal, timeoutMs, tracing }),
    );
    return answer ?? { ok: false, reason: 'unreachable', detail: 'a probe failed meanwhile' };
  }

  async function attemptWithRetries(
    path: string,
    signal: AbortSignal,
    isWaitedFor: () => boolean,
  ): Promise<JsonAnswer> {
    budget.earn();
    let replica = replicas.choose(null);
    for (let retries = 0; ; retries += 1) {
      const answer = await attempt(replica, path, signal);
      if (!isTransient(answer) || retries >= maxRetries || !budget.spend()) return answer;
      // Once the time is over, the next attempt says so.
      await sleep(pauseMs(retries), undefined, { signal }).catch(() => {});
      if (!isWaitedFor()) return answer;
      replica = replicas.choose(null, [replica]);
    }
  }

  return {
    async getJson(path, { once = false, isWaitedFor = () => true } = {}) {
      const time = new AbortController();
      const timer = setTimeout(() => time.abort(), timeoutMs);
      try {
        if (!once) return await attemptWithRetries(path, time.signal, isWaitedFor);
        return await attempt(replicas.choose(null), path, time.signal);
      } finally {
        clearTimeout(timer);
      }
    },
    close: replicas.close,
  };
}

interface Asking extends Pick<HttpClientOptions, 'timeoutMs'> {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly tracing: Tracing | null;
}

/** Asks one replica once. */
async function ask(
  replica: Replica,
  path: string,
  { headers, signal, timeoutMs, tracing }: Asking,
): Promise<JsonAnswer> {
  const [address = ''] = path.split('?', 1);
  const call = beginCall(tracing, `GET ${address}`, { 'server.address': replica.baseUrl });
  try {
    const response = await replica.request({
      method: 'GET',
      path,
      headers: { ...headers, ...call.headers },
      signal,
    });
    const { statusCode, body } = response;
    call.end(statusCode);
    const refusal = refusalFor(statusCode, response.headers);
    if (refusal) {
      // An unread body would hold its connection.
      await body.dump({ limit: 65_536, signal }).catch(() => undefined);
      return refusal;
    }
    return parse(statusCode, await body.text());
  } catch (error) {
    const failure = signal.aborted
      ? ({ ok: false, reason: 'timeout', detail: `no answer within ${timeoutMs} ms` } as const)
      : failureFor(error);
    call.end(failure.reason);
    return failure;
  }
}

/**
 * Exponential backoff with full jitter, so that callers which failed together don't come back
 * together: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
function pauseMs(retries: number): number {
  return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retries);
}

function isTransient(answer: JsonAnswer): boolean {
  return (
    !answer.ok &&
    (answer.reason === 'unreachable' ||
      answer.reason === 'overloaded' ||
      answer.reason === 'failed')
  );
}

function refusalFor(status: number, headers: IncomingHttpHeaders): JsonAnswer | undefined {
  const detail = `answered ${status}`;
  // With a challenge it is no matter of time but of the key: too many wrong ones were sent.
  if (status === 429 && headers['www-authenticate'] === undefined)
    return { ok: false, reason: 'overloaded', detail };
  // Nor is it the one of the certificate.
  if (headers['www-authenticate'] === CERTIFICATE_CHALLENGE) {
    const advice = 'it must take the certificate in TLS_CERT_FILE: see its log';
    return { ok: false, reason: 'unusable', detail: `${detail}: ${advice}` };
  }
  if (status >= 500) return { ok: false, reason: 'failed', detail };
  if (status >= 300 && status < 400) return { ok: false, reason: 'unusable', detail };
  return undefined;
}

function parse(status: number, text: string): JsonAnswer {
  try {
    return { ok: true, status, body: text === '' ? undefined : JSON.parse(text) };
  } catch {
    return {
      ok: false,
      reason: 'unusable',
      detail: `answered ${status} with a body that is not JSON`,
    };
  }
}

/** Whether a client does not accept the certificate of the server. Nothing was sent then. */
export function isCertificateError(code: string): boolean {
  return /^(?:CERT_|DEPTH_ZERO_|ERR_TLS_CERT_|SELF_SIGNED_|UNABLE_TO_)/.test(code);
}

const TIMEOUT_CODES = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const CLOSED_CODES = new Set(['UND_ERR_DESTROYED', 'UND_ERR_CLOSED']);
const BUG_CODES = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);

function failureFor(error: unknown): Extract<JsonAnswer, { ok: false }> {
  if (!(error instanceof Error)) throw error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const detail = code === '' ? error.name : code;
  if (TIMEOUT_CODES.has(code)) return { ok: false, reason: 'timeout', detail };
  if (CLOSED_CODES.has(code)) return { ok: false, reason: 'closed', detail };
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || isCertificateError(code))
    return { ok: false, reason: 'unusable', detail };
  if (code === '' || BUG_CODES.has(code)) throw error;
  return { ok: false, reason: 'unreachable', detail };
}
