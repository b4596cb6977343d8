import { CommitOutcomeUnknownError } from '../commit-outcome.ts';
import type { PostgresAddress } from '../../process/postgres-url.ts';
import { DatabaseUnavailableError, isLostServer } from './errors.ts';
import type { PostgresLimits } from './limits.ts';
import { createOpener } from './opener.ts';
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

export function createPool({ address, size, limits }: PoolOptions): Pool {
  const slots = createSlots(size);
  const opener = createOpener(address, limits);
  const idle: Session[] = [];
  const lent = new Set<Session>();
  let isClosed = false;

  async function withSession<Result>(use: (session: Session) => Promise<Result>): Promise<Result> {
    const deadline = performance.now() + limits.acquireMs;
    await slots.take(limits.acquireMs).catch((error: unknown) => {
      throw new DatabaseUnavailableError(error);
    });
    try {
      const session = takeIdle() ?? (await opener.open(deadline));
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
    opener.forget(session.host);
    for (const other of idle.splice(0)) other.end();
  }

  return {
    withSession,
    async close() {
      isClosed = true;
      opener.close();
      for (const session of idle.splice(0)) session.end();
      for (const session of lent) session.cut();
    },
  };
}
