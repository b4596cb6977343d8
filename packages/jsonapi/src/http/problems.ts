/** What an error object may point at. https://jsonapi.org/format/1.1/#error-objects */
export type ErrorSource = { pointer: string } | { parameter: string } | { header: string };

export interface ErrorObject {
  status: string;
  code: string;
  title: string;
  detail: string;
  source?: ErrorSource;
  /** `type`: what the error means, where a profile gives it a name. */
  links?: { type: string };
  meta?: Record<string, unknown>;
}

export interface ProblemDetails {
  source?: ErrorSource;
  meta?: Record<string, unknown>;
}

export interface ProblemEntry {
  status: number;
  title: string;
}

/**
 * Makes error objects of one catalogue: status and title are fixed by the code, the detail tells
 * what to do about this one.
 */
export interface ProblemFactory<Code extends string> {
  (code: Code, detail: string, more?: ProblemDetails): ErrorObject;
  readonly entries: Readonly<Record<Code, ProblemEntry>>;
}

export function defineProblems<Code extends string>(
  entries: Record<Code, ProblemEntry>,
): ProblemFactory<Code> {
  const problem = (code: Code, detail: string, more?: ProblemDetails): ErrorObject => {
    const { status, title } = entries[code];
    return { status: String(status), code, title, detail, ...more };
  };
  return Object.assign(problem, { entries });
}

/** The errors of the protocol itself, the same for every service. */
export const protocolProblem = defineProblems({
  'invalid-document': { status: 400, title: 'The document is not a valid JSON:API document' },
  'invalid-json': { status: 400, title: 'The body is not valid JSON' },
  'invalid-request': { status: 400, title: 'The request is not valid HTTP' },
  'invalid-parameter': { status: 400, title: 'A parameter or header is not valid' },
  'invalid-attribute': { status: 422, title: 'An attribute is not valid' },
  'read-only-attribute': { status: 403, title: 'The attribute is read-only' },
  'relationship-read-only': { status: 403, title: 'The relationship cannot be changed' },
  'operation-not-supported': { status: 403, title: 'The operation is not supported here' },
  'client-generated-id': { status: 403, title: 'Ids are made by the server' },
  'not-found': { status: 404, title: 'Nothing was found here' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'not-acceptable': { status: 406, title: 'No acceptable representation' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'type-conflict': { status: 409, title: 'The resource type does not belong to this endpoint' },
  'id-conflict': { status: 409, title: 'The id does not match the address' },
  'precondition-failed': { status: 412, title: 'The resource has changed' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-media-type': { status: 415, title: 'The media type is not supported' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'header-fields-too-large': { status: 431, title: 'The header fields are too large' },
  'internal-error': { status: 500, title: 'Something went wrong on the server' },
  unavailable: { status: 503, title: 'The service cannot answer now' },
});

/**
 * The status of an answer that carries these errors: theirs when they agree, 500 as soon as one is
 * the server's fault, else 400.
 */
export function commonStatus(errors: readonly ErrorObject[]): number {
  const statuses = new Set(errors.map((error) => Number(error.status)));
  const [first] = statuses;
  if (first !== undefined && statuses.size === 1) return first;
  for (const status of statuses) if (status >= 500) return 500;
  return errors.length === 0 ? 500 : 400;
}

/**
 * A refusal on its way to the client, without a stack. Thrown at the HTTP edge only; use cases
 * return their outcomes as values.
 */
export class JsonApiError extends Error {
  override readonly name = 'JsonApiError';
  readonly status: number;
  readonly errors: ErrorObject[];
  readonly headers: Record<string, string>;
  /** Of the document. */
  readonly meta: Record<string, unknown> | undefined;

  constructor(
    errors: ErrorObject | ErrorObject[],
    headers: Record<string, string> = {},
    meta?: Record<string, unknown>,
  ) {
    const list = Array.isArray(errors) ? errors : [errors];
    // Nobody reads where a refusal was thrown, and in a storm of them capturing it costs several
    // times all the rest.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(list.map((error) => `${error.code}: ${error.detail}`).join('; '));
    Error.stackTraceLimit = stackTraceLimit;
    this.errors = list;
    this.status = commonStatus(list);
    this.headers = headers;
    this.meta = meta;
  }
}

/** The most errors of one answer. */
export const MAX_ERRORS = 20;

/**
 * The refusal by the first 20 of these errors. The document's `meta.moreErrors` says that there are
 * more.
 */
export function firstErrors(
  errors: readonly ErrorObject[],
  headers?: Record<string, string>,
): JsonApiError {
  const more = errors.length > MAX_ERRORS ? { moreErrors: true } : undefined;
  return new JsonApiError(errors.slice(0, MAX_ERRORS), headers, more);
}
