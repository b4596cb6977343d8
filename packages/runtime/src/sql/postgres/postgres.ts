import { setTimeout as delay } from 'node:timers/promises';
import type { Row } from '../row-codec.ts';
import type { Sql } from '../sql.ts';
import { readPostgresUrl } from '../../process/postgres-url.ts';
import { assertDurable } from './barrier.ts';
import { connectionOn, createPostgresConnection, type PostgresConnection } from './connection.ts';
import {
  DatabaseUnavailableError,
  isContention,
  isLostServer,
  isOfKeptStatement,
  isUnavailable,
} from './errors.ts';
import { DEFAULT_LIMITS, type PostgresLimits } from './limits.ts';
import { withDollars } from './placeholders.ts';
import { createPool } from './pool.ts';
import type { Session } from './session.ts';
import { carryOut, type PostgresTransaction } from './transaction.ts';
import { checkValues } from './values.ts';

/** A database on PostgreSQL. Connections are made when they are needed. */
export interface Postgres {
  /** Each statement on a connection of the pool, and committed by itself. */
  readonly reads: PostgresConnection;
  /**
   * A transaction at the level of the database. `work` runs again when others were in its way or
   * the server was lost before COMMIT was sent, until the limit `retryMs`; so it may change nothing
   * but the database.
   *
   * @throws {CommitOutcomeUnknownError} when it may or may not have been committed;
   * {DatabaseUnavailableError} when it wasn't; what `work` throws.
   */
  transaction<Result>(
    work: (transaction: PostgresTransaction) => Promise<Result>,
    options?: TransactionOptions<Result>,
  ): Promise<Result>;
  /**
   * Reads one state of the database, whatever is written meanwhile, through a connection of its
   * own and for as long as it takes.
   *
   * @throws {DatabaseUnavailableError} when there is no connection in time; what `work` throws.
   */
  snapshot<Result>(work: (connection: PostgresConnection) => Promise<Result>): Promise<Result>;
  /**
   * Waits until all that has been visible is where a failover keeps it.
   * @throws {DatabaseUnavailableError}
   */
  barrier(): Promise<void>;
  /**
   * Lends a connection to work that begins and ends transactions itself and sets its own bounds.
   * @throws {DatabaseUnavailableError}
   */
  withSession<Result>(use: (session: Session) => Promise<Result>): Promise<Result>;
  /** Cuts what is still running. */
  close(): Promise<void>;
}

export interface TransactionOptions<Result> {
  /** Whether to commit; with a result that it refuses, the transaction is rolled back. */
  readonly isKept?: (result: Result) => boolean;
  /** Which errors of statements, besides those of contention, are a reason to do the work again. */
  readonly mayBeRepeated?: (error: unknown) => boolean;
  readonly limits?: Partial<PostgresLimits>;
}

export interface PostgresOptions {
  /** `postgres://user:password@host,host:port/database`: one of the hosts takes writes. */
  readonly url: string;
  /** The most connections at the same time. */
  readonly poolSize?: number;
  readonly limits?: Partial<PostgresLimits>;
}

const DEFAULT_POOL_SIZE = 10;

/** @throws {TypeError} when the URL can't be read. */
export function createPostgres({
  url,
  poolSize = DEFAULT_POOL_SIZE,
  limits: given,
}: PostgresOptions): Postgres {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const pool = createPool({ address: readPostgresUrl(url), size: poolSize, limits });

  async function read({ text, values }: Sql): Promise<readonly Row[]> {
    checkValues(values);
    return untilDone(limits.retryMs, isLostServer, () =>
      pool.withSession((session) => readOn(session, withDollars(text), values, limits.statementMs)),
    );
  }

  return {
    reads: createPostgresConnection(read),
    transaction(work, options = {}) {
      const { isKept = () => true, mayBeRepeated = () => false, limits: own } = options;
      const bounds = { ...limits, ...own };
      const isPassing = (error: unknown) =>
        isContention(error) ||
        isLostServer(error) ||
        isOfKeptStatement(error) ||
        mayBeRepeated(error);
      return untilDone(bounds.retryMs, isPassing, () =>
        pool.withSession((session) => carryOut(session, work, isKept, bounds)),
      );
    },
    snapshot: (work) =>
      untilDone(
        0,
        () => false,
        () => pool.withSession((session) => readSnapshot(session, work)),
      ),
    barrier: () =>
      untilDone(0, isLostServer, () =>
        pool.withSession((session) => assertDurable(session, limits.transactionMs)),
      ),
    withSession: (use) =>
      untilDone(
        0,
        () => false,
        () => pool.withSession(use),
      ),
    close: () => pool.close(),
  };
}

async function readSnapshot<Result>(
  session: Session,
  work: (connection: PostgresConnection) => Promise<Result>,
): Promise<Result> {
  await session.send('begin isolation level repeatable read read only');
  try {
    return await work(connectionOn(session));
  } finally {
    await session.send('rollback').catch(() => {});
  }
}

/** No statement may run on when nobody waits for it any more. */
async function readOn(
  session: Session,
  text: string,
  values: Sql['values'],
  timeoutMs: number,
): Promise<readonly Row[]> {
  const timer = setTimeout(() => {
    session.cancel();
    session.cut();
  }, timeoutMs);
  try {
    return (await session.send(text, values)).rows;
  } finally {
    clearTimeout(timer);
  }
}

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 200;

/**
 * Repeats work until it succeeds, fails in a way that is no reason to, or time is up. Whom others
 * were in the way of tries once more in any case: on a busy machine one try may take all the time,
 * and only the next one sees what the others have done.
 */
async function untilDone<Result>(
  patienceMs: number,
  mayBeRepeated: (error: unknown) => boolean,
  work: () => Promise<Result>,
): Promise<Result> {
  const deadline = performance.now() + patienceMs;
  let isFirst = true;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      // All that collided begin again at different times.
      const waitMs = pauseMs * (0.5 + Math.random());
      const isInTime = performance.now() + waitMs <= deadline;
      const isOwed = isFirst && !isLostServer(error);
      if (!mayBeRepeated(error) || !(isInTime || isOwed)) throw asUnavailable(error);
      isFirst = false;
      await delay(waitMs);
    }
  }
}

function asUnavailable(error: unknown): unknown {
  const isOver = isContention(error) || isUnavailable(error);
  return isOver ? new DatabaseUnavailableError(error) : error;
}
