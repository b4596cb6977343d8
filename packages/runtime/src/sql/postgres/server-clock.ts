import type { FastifyBaseLogger } from 'fastify';
import { watchClock, type Clock } from '../../process/clock.ts';
import { createFollowedClock } from '../../process/followed-clock.ts';
import type { SqlReads } from '../sql-connection.ts';
import { sql } from '../sql.ts';
import { DatabaseUnavailableError } from './errors.ts';
import type { Postgres } from './postgres.ts';
import { SERVER_NOW_MS } from './server-now.ts';

export interface ServerClockOptions {
  readonly database: Pick<Postgres, 'reads'>;
  /** The last instant that the database has recorded: what comes after the start is later. */
  readonly lastInstant: (reads: SqlReads) => Promise<Date | null>;
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
  /** In place of the server's, where a test sets the time. */
  readonly clock?: Clock | undefined;
}

/** The clock of the database server, by which all replicas record instants. */
export interface ServerClock {
  /** May be called at any time. Until the server has answered once, it is the machine's. */
  readonly clock: Clock;
  /**
   * @throws {DatabaseUnavailableError} while it may differ from the server's by more than five
   * seconds: then the replica is not ready.
   */
  assertKnown(): void;
  stop(): void;
}

const MOST_DOUBT_MS = 5_000;
const ASK_EVERY_MS = 10_000;
/** While the server has never answered. */
const FIRST_EVERY_MS = 1_000;

const UNKNOWN =
  'the time of the database server is not known: this replica is not ready until the server answers';
const APART = "the clock of the database server, which counts, differs from this machine's";

/**
 * Follows the server's clock until it is stopped. Resolves after the server was asked once, whether
 * it has answered or not.
 */
export async function startServerClock(options: ServerClockOptions): Promise<ServerClock> {
  const { database, lastInstant, log, clock: given } = options;
  if (given) return { clock: given, assertKnown: () => {}, stop: () => {} };
  const { clock, passedMs, learn, doubtMs } = createFollowedClock();
  let watch: { stop(): void } | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let isDoubtTold = false;

  const isKnown = () => doubtMs() <= MOST_DOUBT_MS;

  async function ask(): Promise<void> {
    const notBefore = watch === null ? await lastInstant(database.reads) : null;
    const askedAtMs = passedMs();
    const theirMs = await database.reads.number(sql`select ${SERVER_NOW_MS}`);
    learn({ askedAtMs, answeredAtMs: passedMs(), theirMs }, notBefore);
    if (!isStopped) watch ??= watchClock(clock, log, APART);
  }

  function tellDoubt(error: unknown): void {
    if (!isKnown() && !isDoubtTold) log.warn({ err: error }, UNKNOWN);
    isDoubtTold = !isKnown();
  }

  async function askOnAndOn(): Promise<void> {
    await ask().then(() => (isDoubtTold = false), tellDoubt);
    if (isStopped) return;
    const everyMs = watch === null ? FIRST_EVERY_MS : ASK_EVERY_MS;
    timer = setTimeout(() => void askOnAndOn(), everyMs).unref();
  }

  await askOnAndOn();
  return {
    clock,
    assertKnown() {
      if (!isKnown()) throw new DatabaseUnavailableError(new Error('its time is not known'));
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      watch?.stop();
    },
  };
}

/** The database, in which nothing is changed while the instants of changes may be wrong. */
export function inKnownTime(database: Postgres, { assertKnown }: ServerClock): Postgres {
  return {
    ...database,
    async transaction(work, options) {
      assertKnown();
      return database.transaction(work, options);
    },
  };
}
