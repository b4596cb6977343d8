import { defineProblems, JsonApiError, protocolProblem } from '@anaquel/jsonapi';
import type { Failure } from '../application/upstream.ts';
import { isRead } from '../domain/access.ts';
import { takesKeys, type Target } from '../domain/target.ts';

export const gatewayProblem = defineProblems({
  'sign-in-required': { status: 401, title: 'This needs a sign-in or an API key' },
  'wrong-password': { status: 401, title: 'The password is wrong' },
  'token-invalid': { status: 401, title: 'The token is not valid here' },
  'cross-site-request': { status: 403, title: 'The request comes from another site' },
  'role-missing': { status: 403, title: 'The token names no role' },
  'service-unavailable': { status: 503, title: 'A service does not answer' },
  'token-unverifiable': { status: 503, title: 'Tokens cannot be checked now' },
  'outcome-unknown': { status: 504, title: 'The outcome of the request is not known' },
});

const RETRY_AFTER = { 'retry-after': '1' };
/** A 401 must name a way to go on. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2 */
const BY_KEY = { 'www-authenticate': 'ApiKey realm="anaquel"' };
const BY_TOKEN = { 'www-authenticate': 'Bearer realm="anaquel", error="invalid_token"' };
const EVENTS: Readonly<Record<Exclude<Failure, 'closed'>, string>> = {
  unreachable: 'cannot be reached',
  timeout: 'did not answer in time',
  lost: 'broke off its answer',
};

export function pathNotFound(): JsonApiError {
  return new JsonApiError(
    protocolProblem('not-found', 'Leave segments such as "." and ".." out of the address.'),
  );
}

export function signInRequired(): JsonApiError {
  const detail =
    'Sign in as operator, or send the header x-api-key with an API key that may do this.';
  return new JsonApiError(gatewayProblem('sign-in-required', detail), BY_KEY);
}

export function wrongPassword(): JsonApiError {
  const detail = 'Send the password that OPERATOR_PASSWORD is set to.';
  return new JsonApiError(gatewayProblem('wrong-password', detail), BY_KEY);
}

export function tokenInvalid(detail: string): JsonApiError {
  const source = { header: 'Authorization' };
  return new JsonApiError(gatewayProblem('token-invalid', detail, { source }), BY_TOKEN);
}

export function tokenUnverifiable(): JsonApiError {
  const detail = "The issuer's keys cannot be fetched. Try again in a moment.";
  return new JsonApiError(gatewayProblem('token-unverifiable', detail), RETRY_AFTER);
}

export function roleMissing(): JsonApiError {
  const detail = 'The claim "role" or "roles" of the token must contain "operator" or "shopper".';
  const source = { header: 'Authorization' };
  return new JsonApiError(gatewayProblem('role-missing', detail, { source }));
}

export function crossSiteRequest(): JsonApiError {
  const detail = "Only the shop's own pages may do this. Other programs send an API key instead.";
  return new JsonApiError(gatewayProblem('cross-site-request', detail));
}

/** @param waitMs until it is of use to try again */
export function tooManyRequests(detail: string, waitMs: number): JsonApiError {
  const seconds = String(Math.max(1, Math.ceil(waitMs / 1_000)));
  return new JsonApiError(protocolProblem('too-many-requests', detail), { 'retry-after': seconds });
}

/**
 * A service that refuses the gateway itself is no fault of whoever asks, who could mend nothing
 * about it.
 */
export function gatewayRefused({ title }: Target): JsonApiError {
  const detail = `${title} refuses this gateway. Nothing was changed. The gateway's log says how to mend it.`;
  return new JsonApiError(gatewayProblem('service-unavailable', detail), RETRY_AFTER);
}

/**
 * 504 for a change that was sent: it may have been carried out. 503 for whatever certainly changed
 * nothing.
 */
export function serviceFailed(
  target: Target,
  reason: Exclude<Failure, 'closed'>,
  { method, url }: { readonly method: string; readonly url: string },
): JsonApiError {
  const what = `${target.title} ${EVENTS[reason]}.`;
  if (reason !== 'unreachable' && !isRead(method)) {
    const advice = takesKeys(target, url)
      ? 'Repeat it with the same Idempotency-Key, or check first'
      : 'Check before you repeat it';
    const detail = `${what} It is not known whether the request was carried out. ${advice}.`;
    return new JsonApiError(gatewayProblem('outcome-unknown', detail), RETRY_AFTER);
  }
  const detail = `${what} Nothing was changed; try again in a moment.`;
  return new JsonApiError(gatewayProblem('service-unavailable', detail), RETRY_AFTER);
}
