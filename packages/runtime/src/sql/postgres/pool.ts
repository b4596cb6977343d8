import { setTimeout as delay } from 'node:timers/promises';
import { CommitOutcomeUnknownError } from '../commit-outcome.ts';
import type { PostgresAddress, PostgresHost } from '../../process/postgres-url.ts';
import { assertDurable } from './barrier.ts';
import { DatabaseUnavailableError, isLostServer, isUnavailable } from './errors.ts';
import type { PostgresLimits } from './limits.ts';
import { connectToPrimary, connectToWritable, ReadOnlyHostError } from './primary.ts';
import type { Session } from './session.ts';
import { createSlots } from './slots.ts';

/** Connections to the server that takes writes. */
export interface Pool {
  /**
   * Lends a session; it is kept for the next user when it is clean afterwards.
   * @throws {DatabaseUnavailableError} when there is none in time; what `use` throws.
   */
  withSession<Result>(use: (session: Session) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly address: PostgresAddress;
  readonly size: number;
  readonly limits: PostgresLimits;
}

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

export function createPool({ address, size, limits }: PoolOptions): Pool {
  const slots = createSlots(size);
  const idle: Session[] = [];
  const lent = new Set<Session>();
  let primary: PostgresHost | null = null;
  let isClosed = false;

  async function withSession<Result>(use: (session: Session) => Promise<Result>): Promise<Result> {
    const deadline = performance.now() + limits.acquireMs;
    await slots.take(limits.acquireMs).catch((error: unknown) => {
      throw new DatabaseUnavailableError(error);
    });
    try {
      const session = takeIdle() ?? (await open(deadline));
      lent.add(session);
      try {
        return await use(session);
      } catch (error) {
        if (isLostServer(error) || error instanceof CommitOutcomeUnknownError) forget(session);
        throw error;
      } finally {
        lent.delete(session);
        if (session.isClean() && !isClosed) idle.push(session);
        else session.end();
      }
    } finally {
      slots.free();
    }
  }

  /** The one that was used last: what the others were connected to may be gone meanwhile. */
  function takeIdle(): Session | undefined {
    for (let session = idle.pop(); session !== undefined; session = idle.pop()) {
      if (session.isClean()) return session;
      session.end();
    }
    return undefined;
  }

  /** The server may take no writes any more, or be gone: all that lead to it are looked at anew. */
  function forget(session: Session): void {
    session.cut();
    if (session.host === primary) primary = null;
    for (const other of idle.splice(0)) other.end();
  }

  /** Tries until the deadline, with longer and longer pauses. */
  async function open(deadline: number): Promise<Session> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (isClosed) throw new DatabaseUnavailableError(new Error('The service is ending'));
      try {
        return await connect();
      } catch (error) {
        primary = null;
        const waitMs = pauseMs * (0.5 + Math.random());
        if (!mayHeal(error) || performance.now() + waitMs > deadline)
          throw new DatabaseUnavailableError(error);
        await delay(waitMs);
      }
    }
  }

  async function connect(): Promise<Session> {
    const session =
      primary === null
        ? await connectToPrimary(address, limits.connectMs)
        : await connectToWritable(address, primary, limits.connectMs);
    try {
      await assertDurable(session, limits.transactionMs);
    } catch (error) {
      session.cut();
      throw error;
    }
    primary = session.host;
    return session;
  }

  return {
    withSession,
    async close() {
      isClosed = true;
      for (const session of idle.splice(0)) session.end();
      for (const session of lent) session.cut();
    },
  };
}

/** Not so: a wrong password, no such database. The server will say the same again. */
function mayHeal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(mayHeal);
  return error instanceof ReadOnlyHostError || isUnavailable(error);
}
