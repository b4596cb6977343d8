import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Work } from '../../process/work.ts';
import { createPostgresLease, type LeaseTerm } from './lease.ts';
import type { Postgres } from './postgres.ts';

export interface LeasedTaskOptions {
  readonly database: Pick<Postgres, 'transaction'>;
  /** The row of the table `leases` that is held by whoever does the task. */
  readonly lease: string;
  /**
   * Begins the work, each time this process gets the lease. The work goes on for a moment after the
   * lease was lost: what only the holder may do goes through the term.
   */
  readonly begin: (term: LeaseTerm) => Work;
  /** Told each time when the lease can't be asked for. */
  readonly onError: (error: unknown) => void;
}

/** How long a process that stands still keeps others from the task. */
const HELD_FOR_MS = 2_000;
/** How often the lease is kept, or tried for. */
const EVERY_MS = 500;
/** Afterwards the process may end with the work half done, as after a crash. */
const STOP_PATIENCE_MS = 3_000;

/**
 * Does a task in one of the processes that want to, at a time: the others take over within three
 * seconds of its end or standstill, and at once when it stops.
 *
 * While no server can be asked, whoever has the task goes on: nobody else can get it.
 */
export function startLeasedTask(options: LeasedTaskOptions): Work {
  const { database, lease: name, begin, onError } = options;
  const lease = createPostgresLease({
    database,
    name,
    holder: randomUUID(),
    heldForMs: HELD_FOR_MS,
  });
  const end = new AbortController();
  let term: LeaseTerm | null = null;
  let work: Work | null = null;

  async function look(): Promise<void> {
    const next = await lease.take();
    if (next?.epoch === term?.epoch) return;
    await work?.stop();
    [term, work] = [next, next && !end.signal.aborted ? begin(next) : null];
  }

  async function lookOnAndOn(): Promise<void> {
    while (!end.signal.aborted) {
      const pause = delay(EVERY_MS, undefined, { signal: end.signal }).catch(() => {});
      await look().catch(onError);
      await pause;
    }
  }

  const looking = lookOnAndOn();

  async function letGo(): Promise<void> {
    await Promise.all([looking, work?.stop()]);
    await term?.release();
  }

  return {
    wake: () => work?.wake(),
    async stop() {
      end.abort();
      // The lease ends by itself when it can't be released.
      const lettingGo = letGo().catch(() => {});
      await Promise.race([lettingGo, delay(STOP_PATIENCE_MS, undefined, { ref: false })]);
    },
  };
}
