import { clockAhead } from './clock-ahead.ts';
import { isJson, MalformedAnswer, problemsIn } from './documents.ts';
import type { ApiError, Result } from './errors.ts';

const MEDIA_TYPE = 'application/vnd.api+json';
export const ATOMIC_MEDIA_TYPE = `${MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic"`;
/** Asks for the pages of a list by cursor. */
export const CURSOR_MEDIA_TYPE = `${MEDIA_TYPE};profile="https://jsonapi.org/profiles/ethanresnick/cursor-pagination/"`;

const READ_TIMEOUT_MS = 8_000;
const WRITE_TIMEOUT_MS = 12_000;
/** Reads are asked so often in all, after growing waits. */
const READ_ATTEMPTS = 3;
/** What took longer to fail isn't asked for again: someone waits to be told something. */
const PATIENCE_MS = 3_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3_000;

export interface HttpOptions {
  /** Before every path; empty in a browser, whose origin is the gateway's. */
  readonly baseUrl?: string;
  readonly fetch?: typeof fetch;
  readonly readTimeoutMs?: number;
  readonly writeTimeoutMs?: number;
  /** Called when an answer says that one has to sign in (again). */
  readonly onSignInRequired?: () => void;
  /** Called when a change was answered with success. */
  readonly onChanged?: () => void;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Members without a value are left out. */
  readonly query?: Readonly<Record<string, string | number | null | undefined>>;
  readonly body?: unknown;
  /** Of the body, and of the answer unless `accept` says otherwise. */
  readonly mediaType?: string;
  readonly accept?: string;
  /** Of a change that may be sent again: who gets the same key twice does it once. */
  readonly idempotencyKey?: string | undefined;
  readonly ifMatch?: string | null;
  /** Of a change that nobody minds to have happened twice, or for nothing, such as signing in. */
  readonly isHarmless?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer that is no refusal. */
export interface Answer {
  readonly status: number;
  readonly document: unknown;
  readonly etag: string | null;
  /** True when this is the answer of an earlier request with the same key. */
  readonly isReplay: boolean;
  /** How much the server's clock is ahead of this one, in milliseconds: see `clock-ahead.ts`. */
  readonly clockAheadMs: number;
}

/**
 * Speaks HTTP with the gateway. Answers every failure as a value. Reads are repeated when nothing
 * came or the service can't answer for the moment; changes never are, since only the caller knows
 * whether they may be.
 */
export function createHttp(options: HttpOptions = {}) {
  const { baseUrl = '', onSignInRequired = () => {}, onChanged = () => {} } = options;
  const fetch_: typeof fetch = (...args) => (options.fetch ?? globalThis.fetch)(...args);

  async function sendOnce(request: HttpRequest): Promise<Result<Answer>> {
    const { method = 'GET', body, mediaType = MEDIA_TYPE, signal } = request;
    const isRead = method === 'GET';
    const limitMs = isRead
      ? (options.readTimeoutMs ?? READ_TIMEOUT_MS)
      : (options.writeTimeoutMs ?? WRITE_TIMEOUT_MS);
    const timeout = AbortSignal.timeout(request.timeoutMs ?? limitMs);
    const askedAtMs = Date.now();
    try {
      const response = await fetch_(baseUrl + request.path + queryText(request.query), {
        method,
        headers: {
          accept: request.accept ?? mediaType,
          ...(body !== undefined && { 'content-type': mediaType }),
          ...(request.idempotencyKey && { 'idempotency-key': request.idempotencyKey }),
          ...(request.ifMatch && { 'if-match': request.ifMatch }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        credentials: 'same-origin',
      });
      const clockAheadMs = clockAhead(response.headers.get('date'), askedAtMs, Date.now());
      const text = await response.text();
      return resultOf(response, text, { mediaType, clockAheadMs });
    } catch (error) {
      if (signal?.aborted) throw error;
      return failure(timeout.aborted ? { kind: 'timeout' } : { kind: 'unreachable' });
    }
  }

  async function send(request: HttpRequest): Promise<Result<Answer>> {
    const attempts = (request.method ?? 'GET') === 'GET' ? READ_ATTEMPTS : 1;
    for (let attempt = 1; ; attempt += 1) {
      const startedAt = performance.now();
      const result = withKnownOutcome(request, await sendOnce(request));
      const wasQuick = performance.now() - startedAt < PATIENCE_MS;
      if (!result.ok && isSignInRequired(result.error)) onSignInRequired();
      if (result.ok && isChange(request)) onChanged();
      if (result.ok || attempt >= attempts || !wasQuick || !mayPass(result.error)) return result;
      await wait(waitMs(result.error, attempt), request.signal);
    }
  }

  return { send };
}

/** Of a change only an answer counts that says what became of it. */
function withKnownOutcome<Value>(request: HttpRequest, result: Result<Value>): Result<Value> {
  if (result.ok || !isChange(request)) return result;
  const { error } = result;
  const isKnown =
    (error.kind === 'refused' && error.status < 500) ||
    (error.kind === 'unavailable' && (error.status === 503 || error.status === 429));
  return isKnown ? result : failure({ kind: 'outcome-unknown' });
}

function isChange({ method = 'GET', isHarmless = false }: HttpRequest): boolean {
  return method !== 'GET' && !isHarmless;
}

function resultOf(
  response: Response,
  text: string,
  { mediaType, clockAheadMs }: { mediaType: string; clockAheadMs: number },
): Result<Answer> {
  const { status, headers } = response;
  const document = jsonIn(text);
  if (!response.ok) return failure(errorOf(response, document));
  // An answer of something else, such as a page of a proxy that asks one to sign in somewhere.
  const expectedType = mediaType.split(';', 1)[0] ?? mediaType;
  const hasBody = text !== '';
  if (hasBody && (!isJson(document) || !headers.get('content-type')?.startsWith(expectedType)))
    return failure({ kind: 'malformed', status });
  return {
    ok: true,
    value: {
      status,
      document,
      etag: headers.get('etag'),
      isReplay: headers.get('idempotency-replayed') === 'true',
      clockAheadMs,
    },
  };
}

function errorOf(response: Response, document: unknown): ApiError {
  const { status } = response;
  const problems = problemsIn(document);
  if (status === 429 || (status >= 502 && status <= 504)) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : null;
    return { kind: 'unavailable', status, problems, retryAfterMs };
  }
  if (problems.length === 0) return { kind: 'malformed', status };
  return { kind: 'refused', status, problems };
}

/** Reads what an answer holds; an answer that lacks it becomes an error. */
export function readAnswer<Value>(
  request: HttpRequest,
  result: Result<Answer>,
  read: (answer: Answer) => Value,
): Result<Value> {
  if (!result.ok) return result;
  try {
    return { ok: true, value: read(result.value) };
  } catch (error) {
    if (!(error instanceof MalformedAnswer)) throw error;
    return withKnownOutcome(request, failure({ kind: 'malformed', status: result.value.status }));
  }
}

function failure(error: ApiError): { ok: false; error: ApiError } {
  return { ok: false, error };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isSignInRequired(error: ApiError): boolean {
  return (
    error.kind === 'refused' &&
    error.problems.some(({ code }) => code === 'sign-in-required' || code === 'key-required')
  );
}

/** Whether the same read may well succeed in a moment. */
function mayPass(error: ApiError): boolean {
  return error.kind === 'unreachable' || (error.kind === 'unavailable' && error.status !== 429);
}

function waitMs(error: ApiError, attempt: number): number {
  const growing = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
  const retryAfterMs = error.kind === 'unavailable' ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(LONGEST_WAIT_MS, Math.max(growing, retryAfterMs));
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done() {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted() {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    }
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
  });
}

function queryText(query: HttpRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== null) parameters.append(name, String(value));
  return parameters.size > 0 ? `?${parameters}` : '';
}
