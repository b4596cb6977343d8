import { CommitOutcomeUnknownError } from '../commit-outcome.ts';
import type { Row } from '../row-codec.ts';
import type { Sql } from '../sql.ts';
import { createPostgresConnection, type PostgresConnection } from './connection.ts';
import { isRefusedCommit, postgresCode } from './errors.ts';
import type { PostgresLimits } from './limits.ts';
import { withDollars } from './placeholders.ts';
import type { Answer } from './packet.ts';
import type { Session } from './session.ts';
import { checkValues } from './values.ts';

/** Statements that are issued together take one round trip together. */
export interface PostgresTransaction extends PostgresConnection {
  /**
   * The same, but the server plans each statement for what the tables hold now. A plan that it
   * keeps may be one for empty tables.
   */
  readonly plannedAnew: PostgresConnection;
  /**
   * Sends these statements and COMMIT together, in one round trip, and gives the rows of each.
   * Nothing can be sent afterwards.
   */
  commit(...statements: readonly Sql[]): Promise<readonly (readonly Row[])[]>;
}

/**
 * Carries out one transaction on a session. Commits when `work` is done, unless it has committed
 * itself; rolls back when `work` throws or `isKept` refuses its result. Nothing is ever committed
 * in part: after a statement that failed there is no commit, even if `work` went on.
 *
 * @throws {CommitOutcomeUnknownError}
 */
export async function carryOut<Result>(
  session: Session,
  work: (transaction: PostgresTransaction) => Promise<Result>,
  isKept: (result: Result) => boolean,
  limits: PostgresLimits,
): Promise<Result> {
  const deadline = setTimeout(() => session.cut(), limits.transactionMs);
  const unit = createUnit(session, limits);
  try {
    const result = await work(unit.transaction);
    if (isKept(result)) await unit.commitOnce();
    else await unit.rollBack();
    return result;
  } catch (error) {
    await unit.rollBack();
    throw unit.failure() ?? error;
  } finally {
    clearTimeout(deadline);
  }
}

function createUnit(session: Session, limits: PostgresLimits) {
  let failure: Error | undefined;
  let isOpen = true;
  let commitment: Promise<readonly (readonly Row[])[]> | undefined;

  /** What fails here is reported by what waits for it, and in any case ends the transaction. */
  function watched(answer: Promise<Answer>): Promise<Answer> {
    answer.catch((error: Error) => (failure ??= error));
    return answer;
  }

  function send({ text, values }: Sql, isKept = true): Promise<Answer> {
    if (!isOpen) throw new Error('The transaction has ended');
    return watched(session.sendTogether(withDollars(text), values, isKept));
  }

  async function commit(statements: readonly Sql[]): Promise<readonly (readonly Row[])[]> {
    for (const { values } of statements) checkValues(values);
    if (failure !== undefined) throw failure;
    // Where COMMIT can't be sent, its outcome is known.
    session.assertAlive();
    const answers = statements.map((statement) => send(statement));
    isOpen = false;
    const done = await sendCommit(session, [...begun, ...answers]);
    return done.slice(begun.length).map(({ rows }) => rows);
  }

  const begun = ['begin', settingsText(limits)].map((text) =>
    watched(session.sendTogether(text, [], true)),
  );
  const transaction: PostgresTransaction = {
    ...createReportedConnection((statement) => send(statement)),
    plannedAnew: createReportedConnection((statement) => send(statement, false)),
    commit: (...statements) => {
      if (commitment !== undefined) throw new Error('The transaction has ended');
      commitment = commit(statements);
      commitment.catch((error: Error) => (failure = error));
      return commitment;
    },
  };

  return {
    transaction,
    failure: () => failure,
    commitOnce: () => commitment ?? transaction.commit(),
    /** When this fails, the session is in no state to be used again, which its user sees. */
    async rollBack() {
      // While COMMIT may be on its way, only its answer counts.
      await commitment?.catch(() => {});
      isOpen = false;
      await session.send('rollback').catch(() => {});
    },
  };
}

function createReportedConnection(send: (statement: Sql) => Promise<Answer>): PostgresConnection {
  const connection = createPostgresConnection(async (statement) => {
    checkValues(statement.values);
    return (await send(statement)).rows;
  });
  return {
    first: (query) => reported(connection.first(query)),
    all: (query) => reported(connection.all(query)),
    rows: (query) => reported(connection.rows(query)),
    number: (query) => reported(connection.number(query)),
    run: (statement) => reported(connection.run(statement)),
  };
}

/** Of several that fail together, work may wait for one only: the transaction has seen them all. */
function reported<Result>(result: Promise<Result>): Promise<Result> {
  result.catch(() => {});
  return result;
}

/**
 * No level: the database's own, which may be serializable. The settings end with the transaction,
 * so that pgbouncer may give the connection to others.
 *
 * Rows are found by an index, although a table may look small: a plan that is kept may outlive
 * that, and a planner knows nothing of a table that was filled just now. What must be read whole
 * all the same looks so dear then that the server would compile it, for some hundred milliseconds.
 */
function settingsText({ statementMs, lockMs, idleInTransactionMs }: PostgresLimits): string {
  const settings = Object.entries({
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    enable_seqscan: 'off',
    jit: 'off',
  });
  const calls = settings.map(([name, value]) => `set_config('${name}', '${value}', true)`);
  return `select ${calls.join(', ')}`;
}

/**
 * Commits a transaction when all of its latest statements, whose answers may still be on their way,
 * have succeeded, and gives these answers.
 *
 * @throws the error of the statement that kept the transaction from being committed, or
 * CommitOutcomeUnknownError when the answers don't say clearly whether it was.
 */
export async function sendCommit(
  session: Session,
  latest: readonly Promise<Answer>[],
): Promise<Answer[]> {
  const warnings = session.warnings();
  const commit = session.sendTogether('commit', [], false);
  const [answers, [commitAnswer]] = await Promise.all([
    Promise.allSettled(latest),
    Promise.allSettled([commit]),
  ]);
  const failed = answers.find((each) => each.status === 'rejected');
  // The server commits nothing after a statement that it refused.
  if (failed && postgresCode(failed.reason) !== undefined) throw failed.reason;
  if (commitAnswer.status === 'rejected') {
    if (isRefusedCommit(commitAnswer.reason)) throw commitAnswer.reason;
    throw new CommitOutcomeUnknownError(commitAnswer.reason);
  }
  const { command } = commitAnswer.value;
  if (command !== 'COMMIT') throw failed?.reason ?? new Error(`COMMIT was answered ${command}`);
  if (failed) throw new CommitOutcomeUnknownError(failed.reason);
  // A commit that no standby has confirmed succeeds with a warning. A failover may undo it.
  if (session.warnings() > warnings)
    throw new CommitOutcomeUnknownError(new Error('COMMIT was answered with a warning'));
  return answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}
