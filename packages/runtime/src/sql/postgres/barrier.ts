import { setTimeout as delay } from 'node:timers/promises';
import { isContention, isUndefinedTable } from './errors.ts';
import type { Session } from './session.ts';

/** The table whose one row a barrier updates. Migrations make it. */
export const BARRIER_TABLE = 'commit_barrier';

/**
 * Waits until a commit of its own has reached the standbys that commits wait for.
 *
 * A primary that is restarted in place shows rows whose commits no standby has: they are gone after
 * a failover, and their positions are given to others. The log is a prefix: what this commit has
 * proved to be there, all that was visible before it is, too. So it comes before anything is read
 * through a new connection, and between reading a log and publishing it.
 *
 * @throws when the server doesn't confirm it within `timeoutMs`; the session is of no use then.
 */
export async function assertDurable(session: Session, timeoutMs: number): Promise<void> {
  const timer = setTimeout(session.cut, timeoutMs);
  const warnings = session.warnings();
  try {
    await commitOne(session);
    // A wait for standbys that was cancelled ends with a warning, and without their word.
    if (session.warnings() > warnings) throw new Error('No standby has confirmed a commit');
  } catch (error) {
    // A database without tables has nothing to prove.
    if (!isUndefinedTable(error)) throw error;
  } finally {
    clearTimeout(timer);
  }
}

const PAUSE_MS = 10;

/**
 * A serializable database refuses an update after another one's. When time is up, the session is
 * cut, and sending fails.
 */
async function commitOne(session: Session): Promise<void> {
  for (;;) {
    try {
      await session.send(`update ${BARRIER_TABLE} set passed = 1 - passed where id = 1`);
      return;
    } catch (error) {
      if (!isContention(error)) throw error;
      await delay(PAUSE_MS * Math.random());
    }
  }
}
