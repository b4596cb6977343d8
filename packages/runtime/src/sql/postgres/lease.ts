import { sql, type Sql } from '../sql.ts';
import type { SqlReads } from '../sql-connection.ts';
import type { PostgresConnection } from './connection.ts';
import { isUndefinedTable } from './errors.ts';
import type { Postgres } from './postgres.ts';
import { SERVER_NOW_MS } from './server-now.ts';

/**
 * The right of one process at a time to do a task, such as to publish the events of a log. Who
 * stands still loses it after `heldForMs`.
 */
export interface Lease {
  /**
   * Takes it when nobody has it, and keeps it when it is held here, for `heldForMs` from now on.
   * Null while another process has it.
   */
  take(): Promise<LeaseTerm | null>;
}

/** The time in which one process has a lease, from when it takes it until it loses it. */
export interface LeaseTerm {
  /** Higher for each holder. */
  readonly epoch: number;
  /**
   * The first statement of a transaction whose changes only the holder may make: until its commit
   * nobody else can take the lease, and afterwards it is held for `heldForMs`.
   * @throws {LeaseLostError}
   */
  keep(transaction: Pick<PostgresConnection, 'rows'>): Promise<void>;
  /**
   * Gives what was read, after a commit on the same connection that kept the lease. That commit is
   * a barrier as well: what was read is where a failover keeps it, which the commit of another
   * connection, perhaps to another server, would not prove. So now, and without waiting for
   * anything else, the holder may act on it outside of the database. Where nothing was read,
   * nothing is committed.
   *
   * @throws {LeaseLostError} when another process has taken it; an error when that may have
   * happened meanwhile, or the database didn't confirm it.
   */
  confirmed<Item>(
    read: (connection: SqlReads) => Promise<readonly Item[]>,
  ): Promise<readonly Item[]>;
  /** Lets another process take it at once. */
  release(): Promise<void>;
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

/**
 * A lease in one row, so that it is taken, kept and lost by transactions like the rows that it
 * protects. Only the epoch protects them: a process that was paused still believes that it is the
 * holder. The time is that of the server, which all processes share.
 */
export function createPostgresLease(options: LeaseOptions): Lease {
  const { database, name, holder, heldForMs } = options;
  const until = sql`until_ms = ${SERVER_NOW_MS} + ${heldForMs}`;

  /** In one round trip. */
  async function commit(statement: Sql) {
    const [rows = []] = await database.transaction((transaction) => transaction.commit(statement));
    return rows;
  }

  function assertKept(rows: readonly unknown[]): void {
    if (rows.length === 0) throw new LeaseLostError(`Another process has taken the lease ${name}`);
  }

  function termOf(epoch: number): LeaseTerm {
    const isHeld = sql`name = ${name} and holder = ${holder} and epoch = ${epoch}`;
    const keeping = sql`update leases set ${until} where ${isHeld} returning epoch`;
    return {
      epoch,
      keep: async (transaction) => assertKept(await transaction.rows(keeping)),
      async confirmed(read) {
        let askedAtMs = Infinity;
        const { items, kept } = await database.transaction(async (transaction) => {
          const found = await read(transaction.plannedAnew);
          askedAtMs = performance.now();
          const [rows = []] = found.length > 0 ? await transaction.commit(keeping) : [];
          return { items: found, kept: rows };
        });
        if (items.length === 0) return items;
        assertKept(kept);
        // This process may have stood still before it heard of the commit.
        if (performance.now() - askedAtMs >= heldForMs)
          throw new Error(`The lease ${name} was confirmed too late: it may be another's by now`);
        return items;
      },
      async release() {
        await commit(sql`update leases set holder = '', until_ms = 0 where ${isHeld}`);
      },
    };
  }

  return {
    async take() {
      const [row] = await commit(sql`update leases
        set epoch = case when holder = ${holder} then epoch else epoch + 1 end,
          holder = ${holder}, ${until}
        where name = ${name} and (holder = ${holder} or until_ms <= ${SERVER_NOW_MS})
        returning epoch`);
      return row ? termOf(Number(row[0])) : null;
    },
  };
}

/** Whether any process holds a lease of this database: a service that runs on it does. */
export async function isLeaseHeld(reads: SqlReads): Promise<boolean> {
  try {
    return (
      (await reads.number(sql`select count(*) from leases where until_ms > ${SERVER_NOW_MS}`)) > 0
    );
  } catch (error) {
    // No service can run on a database that wasn't migrated.
    if (isUndefinedTable(error)) return false;
    throw error;
  }
}
