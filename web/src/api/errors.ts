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
 * Why a call has no value. Of a change: `refused` and `unavailable` mean that nothing was changed; after `unreachable`,
 * `timeout` and `malformed` nobody here knows whether it was.
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
  | { readonly kind: 'malformed'; readonly status: number };

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
  switch (error.kind) {
    case 'unreachable':
    case 'timeout':
    case 'malformed':
      return true;
    case 'unavailable':
      // A 503 of ours promises that nothing happened; 502 and 504 come from something between.
      return error.status !== 503 && error.status !== 429;
    case 'refused':
      return error.status >= 500;
  }
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
