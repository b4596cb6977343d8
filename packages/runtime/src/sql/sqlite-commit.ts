import type { DatabaseSync } from 'node:sqlite';
import { CommitOutcomeUnknownError } from './commit-outcome.ts';
import type { Sql } from './sql.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

// https://www.sqlite.org/rescode.html
const SQLITE_IOERR = 10;

/**
 * Commits the transaction that is open. After any error but the one named here nothing of it is or
 * will be there.
 * @throws {CommitOutcomeUnknownError}
 */
export function commit(database: DatabaseSync): void {
  orUnknown(() => database.exec('COMMIT'));
}

/**
 * Runs a statement that is a transaction of its own. After any error but the one named here it did
 * nothing.
 * @throws {CommitOutcomeUnknownError}
 */
export function runAlone(connection: SqliteConnection, statement: Sql): void {
  orUnknown(() => connection.run(statement));
}

function orUnknown(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (sqliteCode(error) === SQLITE_IOERR) throw new CommitOutcomeUnknownError(error);
    throw error;
  }
}

/** SQLite's primary result code; undefined when the error is not SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  const extended = sqliteExtendedCode(error);
  return extended === undefined ? undefined : extended & 0xff;
}

/** SQLite's extended result code; undefined when the error is not SQLite's. */
export function sqliteExtendedCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}
