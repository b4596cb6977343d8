import { hash } from 'node:crypto';
import { recordKey } from '../../domain/idempotency-record.ts';

const HEX_DIGITS = 12;

/**
 * The first 48 bits of the SHA-256 of a scope and a key, as a whole number. Rows keep it: it never
 * changes. Two keys may have the same.
 */
export function keyHashOf(scope: string, key: string): number {
  return Number.parseInt(hash('sha256', recordKey(scope, key), 'hex').slice(0, HEX_DIGITS), 16);
}
