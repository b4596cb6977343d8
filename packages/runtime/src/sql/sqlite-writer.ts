import type { DatabaseSync } from 'node:sqlite';
import type { Sql } from './sql.ts';
import { CommitOutcomeUnknownError } from './commit-outcome.ts';
import { commit, runAlone } from './sqlite-commit.ts';
import { createSqliteConnection, type SqliteConnection } from './sqlite-connection.ts';
import { createWorkQueue } from './work-queue.ts';

/** The one connection that writes. Statements outside a transaction wait until it has ended. */
export interface SqliteWriter {
  /**
   * Commits when the work is done, and rolls back when it throws or its result is one that
   * `isKept` refuses. `BEGIN IMMEDIATE`: a deferred transaction that reads and then writes fails at
   * once when another connection wrote in between.
   */
  transaction<Result>(
    work: (connection: SqliteConnection) => Promise<Result>,
    isKept?: (result: Result) => boolean,
  ): Promise<Result>;
  run(statement: Sql): Promise<void>;
}

export interface SqliteWriterOptions {
  /**
   * Has to end the process. The transaction is then neither fulfilled nor rejected, so that nobody
   * is answered, and no other one begins.
   */
  readonly onOutcomeUnknown: (error: Error) => void;
  /** Called after each commit, before anything else runs. */
  readonly onCommit?: () => void;
}

export function createSqliteWriter(
  database: DatabaseSync,
  { onOutcomeUnknown, onCommit = () => {} }: SqliteWriterOptions,
): SqliteWriter {
  const connection = createSqliteConnection(database);
  const inQueue = createWorkQueue();

  /** Ends the process, without an answer, when it is unknown what was committed. */
  function orEnd<Result>(work: () => Promise<Result>): Promise<Result> {
    return inQueue(() =>
      work().catch((error: unknown) => {
        if (!(error instanceof CommitOutcomeUnknownError)) throw error;
        onOutcomeUnknown(error);
        return new Promise<never>(() => {});
      }),
    );
  }

  return {
    run: (statement) =>
      orEnd(async () => {
        runAlone(connection, statement);
        onCommit();
      }),
    transaction: (work, isKept = () => true) =>
      orEnd(async () => {
        try {
          database.exec('BEGIN IMMEDIATE');
          const result = await work(connection);
          if (isKept(result)) {
            commit(database);
            onCommit();
          } else rollBack(database);
          return result;
        } catch (error) {
          if (!(error instanceof CommitOutcomeUnknownError)) rollBack(database);
          throw error;
        }
      }),
  };
}

/** Some errors, a full disk among them, have rolled back by themselves. */
export function rollBack(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('ROLLBACK');
}
