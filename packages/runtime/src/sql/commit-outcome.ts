/**
 * Whether a transaction was committed cannot be known.
 *
 * On SQLite: after an I/O error at COMMIT it may or may not come back with the next start, because
 * it may stand in the log although it could not be synced. So nobody may be answered, and the
 * process has to end.
 *
 * On PostgreSQL: COMMIT was sent and no clear answer came. The record of an idempotency key, read
 * later, shows what happened.
 */
export class CommitOutcomeUnknownError extends Error {
  override readonly name = 'CommitOutcomeUnknownError';

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The outcome of a commit is unknown: ${why}`, { cause });
  }
}
