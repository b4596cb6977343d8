import { sql } from '../sql.ts';
import type { SqlReads } from '../sql-connection.ts';
import type { PostgresConnection } from './connection.ts';
import { isUndefinedTable } from './errors.ts';
import type { Postgres } from './postgres.ts';

/**
 * The right of one process at a time to do a task, such as to publish the events of a log. Who
 * stands still loses it after `heldForMs`.
 */
export interface Lease {
  /**
   * Takes it when nobody has it, and keeps it when it is held here, for `heldForMs` from now on.
   * Gives its epoch, which is higher for each holder, or null while another process has it.
   */
  take(): Promise<number | null>;
  /**
   * The first statement of a transaction whose changes only the holder may make: until its commit
   * nobody else can take the lease, and afterwards it is held for `heldForMs`.
   * @throws {LeaseLostError} when it was taken by another since.
   */
  keep(transaction: Pick<PostgresConnection, 'rows'>, epoch: number): Promise<void>;
  /** Lets another process take it at once. */
  release(epoch: number): Promise<void>;
}

/** Another process does the task now: whoever gets this stops doing it. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

export interface LeaseOptions {
  readonly database: Pick<Postgres, 'transaction'>;
  /** What for. It names a row of the table `leases`, which migrations make. */
  readonly name: string;
  /** No other process has the same. */
  readonly holder: string;
  readonly heldForMs: number;
}

/** By the server's clock, which all processes share; as it goes on within a transaction. */
const NOW_MS = sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`;

/**
 * A lease in one row, so that it is taken, kept and lost by transactions like the rows that it
 * protects. Only the epoch protects them: a process that was paused still believes that it is the
 * holder.
 */
export function createPostgresLease(options: LeaseOptions): Lease {
  const { database, name, holder, heldForMs } = options;
  const until = sql`until_ms = ${NOW_MS} + ${heldForMs}`;
  const held = (epoch: number) => sql`name = ${name} and holder = ${holder} and epoch = ${epoch}`;
  return {
    async take() {
      const [row] = await database.transaction((transaction) =>
        transaction.rows(sql`update leases
          set epoch = case when holder = ${holder} then epoch else epoch + 1 end,
            holder = ${holder}, ${until}
          where name = ${name} and (holder = ${holder} or until_ms <= ${NOW_MS})
          returning epoch`),
      );
      return row ? Number(row[0]) : null;
    },
    async keep(transaction, epoch) {
      const rows = await transaction.rows(
        sql`update leases set ${until} where ${held(epoch)} returning epoch`,
      );
      if (rows.length === 0) throw new LeaseLostError(`The lease ${name} was taken by another`);
    },
    release: (epoch) =>
      database.transaction((transaction) =>
        transaction.run(sql`update leases set until_ms = 0 where ${held(epoch)}`),
      ),
  };
}

/** Whether any process holds a lease of this database: a service that runs on it does. */
export async function isLeaseHeld(reads: SqlReads): Promise<boolean> {
  try {
    return (await reads.number(sql`select count(*) from leases where until_ms > ${NOW_MS}`)) > 0;
  } catch (error) {
    // No service can run on a database that wasn't migrated.
    if (isUndefinedTable(error)) return false;
    throw error;
  }
}
