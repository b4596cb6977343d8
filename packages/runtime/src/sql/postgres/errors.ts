/**
 * The database can't be used now: no server takes writes, it is full or shutting down, or it
 * didn't answer in time. Nothing was changed.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  /** What a server answers whose request fails by it. */
  readonly statusCode = 503;
  readonly reason: string;

  constructor(cause: unknown) {
    const reason = reasonOf(cause);
    super(`The database can't be used: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** The connection broke, or was given up because the server didn't answer in time. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';

  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
  }
}

/** The SQLSTATE of an error that the server sent; undefined for every other error. */
export function postgresCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The name of the constraint that a statement would have broken. */
export function postgresConstraint(error: unknown): string | undefined {
  if (postgresCode(error) === undefined || !(error instanceof Error)) return undefined;
  const constraint: unknown = 'constraint' in error ? error.constraint : undefined;
  return typeof constraint === 'string' ? constraint : undefined;
}

// https://www.postgresql.org/docs/15/errcodes-appendix.html
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const LOCK_NOT_AVAILABLE = '55P03';
const READ_ONLY = '25006';
const IDLE_IN_TRANSACTION = '25P03';
const COMPLETION_UNKNOWN = '40003';
const UNDEFINED_TABLE = '42P01';
const UNKNOWN_STATEMENT = '26000';
const DUPLICATE_STATEMENT = '42P05';

/** Another transaction was in the way: the same work may succeed when it is done once more. */
export function isContention(error: unknown): boolean {
  const code = postgresCode(error);
  return (
    code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED || code === LOCK_NOT_AVAILABLE
  );
}

/** The server that this connection leads to takes no writes, or the connection is gone. */
export function isLostServer(error: unknown): boolean {
  if (error instanceof ConnectionLostError) return true;
  const code = postgresCode(error) ?? '';
  return code === READ_ONLY || code === IDLE_IN_TRANSACTION || /^(08|57P)/.test(code);
}

/** A process of the server has been asked for a statement that another one keeps. */
export function isOfKeptStatement(error: unknown): boolean {
  const code = postgresCode(error);
  return code === UNKNOWN_STATEMENT || code === DUPLICATE_STATEMENT;
}

/** Whatever the statement was, the server couldn't carry it out: full, shutting down, too late. */
export function isUnavailable(error: unknown): boolean {
  return isLostServer(error) || /^(53|57|58)/.test(postgresCode(error) ?? '');
}

/** Whether an error that COMMIT was answered with says for certain that nothing was committed. */
export function isRefusedCommit(error: unknown): boolean {
  const code = postgresCode(error);
  return code !== undefined && code !== COMPLETION_UNKNOWN && /^(23|40)/.test(code);
}

export function isUndefinedTable(error: unknown): boolean {
  return postgresCode(error) === UNDEFINED_TABLE;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // Of several hosts, or several addresses of one.
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ');
  return cause.message;
}
