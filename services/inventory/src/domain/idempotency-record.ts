import type { Command } from './command.ts';
import type { AcceptedCommand, SettledOutcome } from './command-outcome.ts';
import { refused } from './outcome.ts';

/**
 * The format in which this release writes records. A release that changes fingerprints or stored
 * outcomes raises it, and reads all earlier formats (`docs/decisions/0016`).
 *
 * Unnumbered: the outcome holds a purchase whole or by its id, and the fingerprint is digested
 * always or only when it is long. 3: a purchase by its id, and only long fingerprints digested.
 */
export const RECORD_FORMAT = 3;

/** An idempotency key, the request that it stood for, and the outcome. */
export interface IdempotencyRecord {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: string;
  /** Null in a format that only a later release can read. */
  readonly outcome: AcceptedCommand | null;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Null in records from before formats were numbered. */
  readonly format: number | null;
}

export type NewRecord = IdempotencyRecord & { readonly outcome: AcceptedCommand };

/** The key of a record in maps. An idempotency key contains no line feed. */
export function recordKey(scope: string, key: string): string {
  return `${scope}\n${key}`;
}

/**
 * The record's outcome when it is of the same request; else a refusal. Also a refusal when this
 * release can't read the outcome.
 */
export function replay(
  record: IdempotencyRecord,
  command: Pick<Command, 'idempotency'>,
): SettledOutcome {
  if (record.outcome === null) return refused({ type: 'ledger-unavailable' });
  if (record.fingerprint !== command.idempotency?.fingerprint)
    return refused({ type: 'idempotency-key-reused' });
  return { ...record.outcome, replayed: true };
}
