import type { DatabaseSync } from 'node:sqlite';
import type { Sql } from './sql.ts';
import { CommitOutcomeUnknownError } from './commit-outcome.ts';
import { commit, runAlone } from './sqlite-commit.ts';
import { createSqliteConnection, type SqliteConnection } from './sqlite-connection.ts';

/**
 * The one connection that writes. Works that a turn of the event loop brings share one commit, one
 * after the other: each sees what those before it did, and none is answered before that is durable.
 */
export interface SqliteWriter {
  /**
   * Keeps what the work did when it is done, and takes it back when it throws or its result is one
   * that `isKept` refuses. Rejects, too, when the commit fails: then nothing of it is there.
   */
  transaction<Result>(
    work: (connection: SqliteConnection) => Promise<Result>,
    isKept?: (result: Result) => boolean,
  ): Promise<Result>;
  /** Commits a statement by itself, when no transaction is open. */
  run(statement: Sql): Promise<void>;
}

export interface SqliteWriterOptions {
  /**
   * Has to end the process. What shares the commit is then neither fulfilled nor rejected, so that
   * nobody is answered, and nothing else begins.
   */
  readonly onOutcomeUnknown: (error: Error) => void;
  /** Called after each commit, before anything else runs. */
  readonly onCommit?: () => void;
}

/** So many works share a commit: requests that arrive meanwhile are read after it. */
const MAX_WORKS = 64;

interface Work {
  /** Resolves with whether it is kept. */
  carryOut(): Promise<boolean>;
  fulfill(): void;
  reject(error: unknown): void;
}

/** Tells whoever asked for a work what has become of it. */
type Answer = () => void;

export function createSqliteWriter(
  database: DatabaseSync,
  { onOutcomeUnknown, onCommit = () => {} }: SqliteWriterOptions,
): SqliteWriter {
  const connection = createSqliteConnection(database);
  const carryOutAll = createSharedCommit(database, onCommit);
  const waiting: Work[] = [];
  const statements: (() => void)[] = [];
  let isAtWork = false;

  /** At the end of the turn, so that all it brings is there. */
  function begin(): void {
    if (isAtWork) return;
    isAtWork = true;
    setImmediate(() => void carryOutNext());
  }

  async function carryOutNext(): Promise<void> {
    const works = waiting.splice(0, MAX_WORKS);
    try {
      const answers = works.length > 0 ? await carryOutAll(works) : [];
      for (const answer of answers) answer();
      for (const carryOutAlone of statements.splice(0)) carryOutAlone();
    } catch (error) {
      // Nothing else begins: it would be carried out on what nobody knows.
      if (error instanceof CommitOutcomeUnknownError) return onOutcomeUnknown(error);
      rollBack(database);
      // Those that were refused, too: they may have been for what is no longer there.
      for (const work of works) work.reject(error);
    }
    isAtWork = false;
    if (waiting.length > 0 || statements.length > 0) begin();
  }

  function transaction<Result>(
    work: (connection: SqliteConnection) => Promise<Result>,
    isKept: (result: Result) => boolean = () => true,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      let fulfill = (): void => {};
      waiting.push({
        async carryOut() {
          const result = await work(connection);
          fulfill = () => resolve(result);
          return isKept(result);
        },
        fulfill: () => fulfill(),
        reject,
      });
      begin();
    });
  }

  function run(statement: Sql): Promise<void> {
    return new Promise((resolve, reject) => {
      statements.push(() => {
        try {
          runAlone(connection, statement);
          onCommit();
          resolve();
        } catch (error) {
          if (error instanceof CommitOutcomeUnknownError) throw error;
          reject(error);
        }
      });
      begin();
    });
  }

  return { transaction, run };
}

/** Carries out works, one after the other, and commits them together. */
function createSharedCommit(
  database: DatabaseSync,
  onCommit: () => void,
): (works: readonly Work[]) => Promise<readonly Answer[]> {
  async function carryOut(work: Work): Promise<Answer> {
    database.exec('SAVEPOINT work');
    let answer = work.fulfill;
    let isKept = false;
    try {
      isKept = await work.carryOut();
    } catch (error) {
      // Then all that shares the commit is gone.
      if (!database.isTransaction) throw error;
      answer = () => work.reject(error);
    }
    if (!isKept) database.exec('ROLLBACK TO work');
    database.exec('RELEASE work');
    return answer;
  }

  /**
   * `BEGIN IMMEDIATE`: a deferred transaction that reads and then writes fails at once when another
   * connection wrote in between.
   */
  return async (works) => {
    database.exec('BEGIN IMMEDIATE');
    const answers: Answer[] = [];
    for (const work of works) answers.push(await carryOut(work));
    commit(database);
    onCommit();
    return answers;
  };
}

/** Some errors, a full disk among them, have rolled back by themselves. */
export function rollBack(database: DatabaseSync): void {
  if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
}
