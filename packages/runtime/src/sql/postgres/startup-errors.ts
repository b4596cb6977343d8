import { StartupError } from '../../process/startup-error.ts';
import { DatabaseUnavailableError, postgresCode } from './errors.ts';

// https://www.postgresql.org/docs/15/errcodes-appendix.html
const INVALID_PASSWORD = '28P01';
const INVALID_AUTHORIZATION = '28000';
const NO_SUCH_DATABASE = '3D000';
const TOO_MANY_CONNECTIONS = '53300';
const INSUFFICIENT_PRIVILEGE = '42501';

/** How messages name a database. */
export interface DatabaseNames {
  /** Whose it is. */
  readonly service: string;
  /** Where its address stands. */
  readonly setting: string;
}

/**
 * Makes one line that says what to do of an error for which a person can do something: the database
 * is missing or can't be reached, or its user may not use it. All others stay as they are.
 */
export function asStartupError(error: unknown, { service, setting }: DatabaseNames): unknown {
  if (error instanceof DatabaseUnavailableError) {
    const what = `The ${service} database can't be used: ${error.reason}`;
    return withAdvice(what, adviceOn(error.cause, setting), error);
  }
  const reason = error instanceof StartupError ? error.cause : error;
  if (!(reason instanceof Error) || postgresCode(reason) !== INSUFFICIENT_PRIVILEGE) return error;
  const what =
    error instanceof StartupError
      ? error.message
      : `The ${service} database can't be used: ${reason.message}`;
  return withAdvice(what, adviceOn(reason, setting), error);
}

const REFUSALS: ReadonlySet<string | undefined> = new Set([
  INVALID_PASSWORD,
  INVALID_AUTHORIZATION,
  NO_SUCH_DATABASE,
  INSUFFICIENT_PRIVILEGE,
]);

/** Whether it says that no server is there now, rather than that one refuses what it is told. */
export function isOutOfReach(
  error: unknown,
): error is StartupError & { readonly cause: DatabaseUnavailableError } {
  if (!(error instanceof StartupError && error.cause instanceof DatabaseUnavailableError))
    return false;
  return !REFUSALS.has(codeOf(error.cause.cause));
}

function withAdvice(what: string, advice: string, cause: unknown): StartupError {
  return new StartupError(`${what}. ${advice}`, { cause });
}

function adviceOn(cause: unknown, setting: string): string {
  switch (codeOf(cause)) {
    case INVALID_PASSWORD:
    case INVALID_AUTHORIZATION:
      return `Check the user and the password in ${setting}.`;
    case NO_SUCH_DATABASE:
      return `Create the database, or correct ${setting}: docs/postgresql.md has the commands.`;
    case TOO_MANY_CONNECTIONS:
      return 'Raise max_connections of the server, or end what holds its connections.';
    case INSUFFICIENT_PRIVILEGE:
      return `Make the user in ${setting} the owner of its database: docs/postgresql.md has the commands.`;
    default:
      return `Check that PostgreSQL runs, and ${setting}.`;
  }
}

/** Of several hosts, what the first says that says something. */
function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof AggregateError)) return postgresCode(cause);
  return cause.errors.map(postgresCode).find((code) => code !== undefined);
}
