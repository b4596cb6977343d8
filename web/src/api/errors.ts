/** One thing that a service found wrong, as JSON:API tells it. */
export interface Problem {
  readonly status: number;
  /** Stable and in kebab-case: `insufficient-stock`. */
  readonly code: string;
  readonly detail: string;
  /** A JSON pointer into what was sent, as `/data/attributes/lines/0`. */
  readonly pointer: string | null;
  readonly meta: Readonly<Record<string, unknown>>;
}

/**
 * Why a call has no value. Whatever is said of a change, except `outcome-unknown`, means that this
 * request changed nothing.
 */
export type ApiError =
  /** A service understood and said no. */
  | { readonly kind: 'refused'; readonly status: number; readonly problems: readonly Problem[] }
  /** A service, or one behind it, says that it can't answer now. */
  | {
      readonly kind: 'unavailable';
      readonly status: number;
      readonly problems: readonly Problem[];
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'timeout' }
  /** An answer that is none: not JSON, or without what it must have. */
  | { readonly kind: 'malformed'; readonly status: number }
  /**
   * A change was sent and no answer says what became of it: it may have happened, or happen yet.
   */
  | { readonly kind: 'outcome-unknown' };

export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: ApiError };

export function problemsOf(error: ApiError): readonly Problem[] {
  return 'problems' in error ? error.problems : [];
}

/** Whether one of the problems has this code. */
export function isRefusedFor(error: ApiError, code: string): boolean {
  return problemsOf(error).some((problem) => problem.code === code);
}

/** Whether a change may have happened although no answer says so. */
export function isOutcomeUnknown(error: ApiError): boolean {
  return error.kind === 'outcome-unknown';
}

/** These are given before anyone looks whether the same change was sent before. */
const BEFORE_THE_KEY = [401, 403, 408, 421, 425, 429];

/**
 * Whether this error tells what became of every request with the same idempotency key, and not only
 * of the last one. A service that can't answer, or a gateway that doesn't let the request through,
 * says nothing of those before it.
 */
export function isOutcome(error: ApiError): boolean {
  return error.kind === 'refused' && !BEFORE_THE_KEY.includes(error.status);
}

/** For those who want an exception: what queries throw. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly error: ApiError;

  constructor(error: ApiError) {
    super(problemsOf(error)[0]?.detail ?? error.kind);
    this.error = error;
  }
}

/** @throws {ApiFailure} */
export function valueOf<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw new ApiFailure(result.error);
}
