import type { Dispatcher } from 'undici';
import type { EndpointAnswer, EndpointClient, EndpointRequest } from '../endpoint-answer.ts';
import type { Failure } from '../failure.ts';
import { createEndpointPools } from './endpoint-pools.ts';
import { findEndpoint, parseEndpointUrl } from './endpoint-url.ts';
import { failureReason } from './failure-reason.ts';
import type { Resolver } from './resolver.ts';

export interface EndpointClientOptions {
  readonly resolver: Resolver;
  /** Whether plain `http:` and addresses of this machine and its network are fine. */
  readonly allowPrivate: boolean;
  /** For one attempt, the whole answer included. Default: 10,000. */
  readonly attemptMs?: number;
}

const ATTEMPT_MS = 10_000;
const ANSWER_MAX_BYTES = 65_536;
const KEPT_BYTES = 1_024;
/** Of answers that announce the real one (1xx). */
const MAX_INTERIM_ANSWERS = 10;

/**
 * Posts requests to the addresses that owners of webhooks gave, and so to nothing within: each
 * attempt looks the name up anew, refuses it if any of its addresses is not public, and connects to
 * an address that was checked. It follows no redirect and uses no proxy.
 *
 * An answer is `answered` whatever its status, a redirect's too. It is `failed` without a status
 * when it was not there, whole and within its bounds, in time. It is `not-tried` when this process
 * had no time to look up the name.
 */
export function createEndpointClient(options: EndpointClientOptions): EndpointClient {
  const { resolver, allowPrivate, attemptMs = ATTEMPT_MS } = options;
  const pools = createEndpointPools(attemptMs);
  let isClosed = false;

  async function attempt(request: EndpointRequest, signal: AbortSignal): Promise<Outcome> {
    const parsed = parseEndpointUrl(request.url, allowPrivate);
    if (!parsed.ok) return failed(parsed.problem);
    const { url } = parsed;
    const found = await findEndpoint(url, { resolver, allowPrivate });
    if (!found.ok) return found.problem === 'not-begun' ? NOT_TRIED : failed(found.problem);
    if (isClosed) return failed(CLOSED);
    return post(pools.poolFor(url, found.addresses), url, request, signal);
  }

  return {
    async send(request) {
      const start = performance.now();
      const time = new AbortController();
      const timer = setTimeout(() => time.abort(), attemptMs);
      const outcome = await attempt(request, time.signal).catch((error: unknown) => {
        if (isClosed) return failed(CLOSED);
        return failed(
          time.signal.aborted ? `answer-late ${attemptMs / 1_000}` : failureReason(error),
        );
      });
      clearTimeout(timer);
      return { ...outcome, durationMs: Math.round(performance.now() - start) };
    },
    async close() {
      isClosed = true;
      await pools.close();
    },
  };
}

const NOT_TRIED = { kind: 'not-tried' } as const;
const CLOSED = 'service-ended';

type WithoutDuration<Answer> = Answer extends unknown ? Omit<Answer, 'durationMs'> : never;
type Outcome = WithoutDuration<EndpointAnswer>;

function failed(reason: Failure): Outcome {
  return { kind: 'failed', reason };
}

/** @param time is aborted when it is over */
function post(
  pool: Dispatcher,
  url: URL,
  request: EndpointRequest,
  time: AbortSignal,
): Promise<Outcome> {
  time.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const kept: Buffer[] = [];
  let bytes = 0;
  let interimAnswers = 0;
  let answer: { readonly status: number; readonly retryAfterMs: number | null } | null = null;
  let controller: Dispatcher.DispatchController | null = null;

  function cut(reason: Error): void {
    reject(reason);
    controller?.abort(reason);
  }

  function refuse(reason: Failure): void {
    resolve(failed(reason));
    cut(new Error(reason));
  }

  time.addEventListener('abort', () => cut(time.reason), { once: true });
  // A stream for each answer would cost as much as all the rest.
  pool.dispatch(
    {
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      // The length of a text is sent as `content-length`.
      headers: { ...request.headers, 'user-agent': 'Anaquel-Webhooks' },
      body: request.body,
    },
    {
      onRequestStart(started) {
        controller = started;
        if (time.aborted) cut(time.reason);
      },
      onResponseStart(_controller, status, headers) {
        if (status >= 200) {
          answer = { status, retryAfterMs: retryAfterMs(headers['retry-after']) };
          return;
        }
        interimAnswers += 1;
        if (interimAnswers > MAX_INTERIM_ANSWERS) refuse('answer-interim');
      },
      onResponseData(_controller, chunk) {
        if (bytes < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - bytes));
        bytes += chunk.length;
        if (bytes > ANSWER_MAX_BYTES) refuse('answer-too-long');
      },
      onResponseEnd() {
        if (answer) resolve({ kind: 'answered', ...answer, body: textOf(kept, bytes) });
      },
      onResponseError: (_controller, error) => reject(error),
    },
  );
  return promise;
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after seconds, or an instant */
function retryAfterMs(header: string | string[] | undefined): number | null {
  if (typeof header !== 'string') return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const instant = header.endsWith('GMT') ? Date.parse(header) : Number.NaN;
  return Number.isNaN(instant) ? null : Math.max(0, instant - Date.now());
}

/** The beginning of a body, as text that any database takes. */
function textOf(kept: readonly Buffer[], bytes: number): string {
  if (kept.length === 0) return '';
  // `stream` leaves out a character that is cut in two.
  const text = new TextDecoder().decode(Buffer.concat(kept), { stream: bytes > KEPT_BYTES });
  return text.replaceAll('\0', '\uFFFD');
}
