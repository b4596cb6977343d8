import { hash } from 'node:crypto';
import type { IdempotencyRecord } from '../domain/idempotency-record.ts';

/** Most requests are shorter than what names them as surely. */
const LONGEST_PLAIN_FINGERPRINT = 100;

/**
 * What two requests with one key are compared by. Another way to take it is another
 * `RECORD_FORMAT`.
 */
export function fingerprintOf(request: object): string {
  const text = JSON.stringify(request);
  return text.length <= LONGEST_PLAIN_FINGERPRINT ? text : digestOf(text);
}

/**
 * Whether a record is of the request with this fingerprint, by whichever release it was written.
 */
export function standsFor(record: IdempotencyRecord, fingerprint: string): boolean {
  if (record.fingerprint === fingerprint) return true;
  // One of the releases before formats were numbered digested short requests, too.
  return record.format === null && record.fingerprint === digestOf(fingerprint);
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}
