import { endpointUrlProblems } from './endpoint/endpoint-url.ts';

/**
 * Why a delivery failed, each in a sentence for the owner of its endpoint, with `…` for a detail.
 * Codes never change.
 */
const sentences = {
  ...endpointUrlProblems,
  answered: 'It answered ….',
  redirected: 'It answered …. Redirects are not followed.',
  'answer-late': 'There was no whole answer within … seconds.',
  'answer-too-long': 'Its answer was longer than 64 KiB.',
  'answer-headers-too-long': 'The headers of its answer were longer than 16 KiB.',
  'answer-length-wrong': 'Its answer was not as long as it said.',
  'answer-interim': 'It sent interim answers without an end.',
  'answer-not-http': 'Its answer was not HTTP/1.1.',
  'connection-refused': 'It refused the connection.',
  'connection-late': 'It did not take the connection in time.',
  'connection-closed': 'It closed the connection before its answer was complete.',
  'no-route': 'There is no way to its address.',
  'no-tls': 'No encrypted connection to it could be made.',
  'certificate-not-trusted': 'Its certificate was issued by nobody whom this service trusts.',
  'certificate-of-another-name': 'Its certificate is for another name.',
  'certificate-expired': 'Its certificate has expired.',
  'certificate-not-yet-valid': 'Its certificate is not valid yet.',
  'request-failed': 'The request failed (…).',
  'service-ended': 'It was cut because this service ends.',
  'not-signed': 'It could not be signed: the secret of the webhook could not be opened.',
  'webhook-changed':
    'It was not sent again in this form, because the webhook was changed or begun again elsewhere.',
  'events-changed':
    'Its events could not be put together again: the filters of the webhook changed.',
} as const;

export type FailureCode = keyof typeof sentences;
export const failureCodes = Object.keys(sentences) as FailureCode[];

/** As a delivery keeps it: its code, and a detail after a space. */
export type Failure = FailureCode | `${FailureCode} ${string}`;

interface ShownFailure {
  /** Null where an earlier release kept a sentence. */
  readonly code: FailureCode | null;
  readonly sentence: string;
}

export function shownFailure(kept: string): ShownFailure {
  const [first = ''] = kept.split(' ', 1);
  if (!isFailureCode(first)) return { code: null, sentence: kept };
  return { code: first, sentence: sentences[first].replace('…', kept.slice(first.length + 1)) };
}

function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(sentences, text);
}
