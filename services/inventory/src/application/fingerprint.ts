import { hash } from 'node:crypto';
import type { IdempotencyRecord } from '../domain/idempotency-record.ts';

/** A digest is not much shorter, and most requests are no longer than this. */
const LONGEST_PLAIN_FINGERPRINT = 100;

/** Equal for equal requests. Whoever changes it raises `RECORD_FORMAT`. */
export function fingerprintOf(request: object): string {
  const text = JSON.stringify(request);
  return text.length <= LONGEST_PLAIN_FINGERPRINT ? text : digestOf(text);
}

/** Whether a record of any release is of the request with this fingerprint. */
export function matchesFingerprint(record: IdempotencyRecord, fingerprint: string): boolean {
  if (record.fingerprint === fingerprint) return true;
  // A release before formats were numbered digested short requests, too.
  return record.format === null && record.fingerprint === digestOf(fingerprint);
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}
