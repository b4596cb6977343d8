import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresAddress, PostgresHost } from '../../process/postgres-url.ts';
import { assertDurable } from './barrier.ts';
import { DatabaseUnavailableError, isUnavailable } from './errors.ts';
import type { PostgresLimits } from './limits.ts';
import { connectToPrimary, connectToWritable, ReadOnlyHostError } from './primary.ts';
import type { Session } from './session.ts';

/** Opens sessions on the server that takes writes, and remembers which of the hosts that is. */
export interface Opener {
  /**
   * A session that has proved itself. Tries until the deadline, with longer and longer pauses.
   * @throws {DatabaseUnavailableError}
   */
  open(deadline: number): Promise<Session>;
  /** This host may take no writes any more: the next session may be on another. */
  forget(host: PostgresHost): void;
  /** Tries no more. */
  close(): void;
}

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

export function createOpener(address: PostgresAddress, limits: PostgresLimits): Opener {
  let primary: PostgresHost | null = null;
  let isClosed = false;

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
    async open(deadline) {
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
    },
    forget(host) {
      if (host === primary) primary = null;
    },
    close: () => void (isClosed = true),
  };
}

/** Not so: a wrong password, no such database. The server will say the same again. */
function mayHeal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(mayHeal);
  return error instanceof ReadOnlyHostError || isUnavailable(error);
}
