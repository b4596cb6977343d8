import type { Command } from './command.ts';
import type { AcceptedCommand, CommandOutcome } from './command-outcome.ts';
import { refused } from './outcome.ts';

/**
 * How this release writes records. A release that takes fingerprints or writes outcomes in another
 * way counts on, and reads all earlier formats (`docs/decisions/0016`).
 *
 * Unnumbered: the outcome holds a purchase whole or by its id, and the fingerprint is digested
 * always or only when it is long. 3: a purchase by its id, and only long fingerprints digested.
 */
export const RECORD_FORMAT = 3;

/** The memory of one idempotency key: the command it stood for, and what came of it. */
export interface IdempotencyRecord {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: string;
  /** Null when a later release wrote it, in a format that this one cannot read. */
  readonly outcome: AcceptedCommand | null;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Null from the time before formats were numbered. */
  readonly format: number | null;
}

export type NewRecord = IdempotencyRecord & { readonly outcome: AcceptedCommand };

/**
 * Names an idempotency record among others, in maps only. Keys are visible characters: a line feed
 * cannot be in one.
 */
export function recordKey(scope: string, key: string): string {
  return `${scope}\n${key}`;
}

/**
 * The first outcome for the same command; a refusal when the key stood for another one, or when
 * that can't be known here.
 */
export function replay(
  record: IdempotencyRecord,
  command: Pick<Command, 'idempotency'>,
): CommandOutcome {
  if (record.outcome === null) return refused({ type: 'ledger-unavailable' });
  if (record.fingerprint !== command.idempotency?.fingerprint)
    return refused({ type: 'idempotency-key-reused' });
  return { ...record.outcome, replayed: true };
}
