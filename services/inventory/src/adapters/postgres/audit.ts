import { StartupError } from '@anaquel/runtime';
import { column, pairOf, rowCodec, select, sql, type Query } from '@anaquel/runtime/sql';
import {
  DatabaseUnavailableError,
  type Postgres,
  type PostgresConnection,
} from '@anaquel/runtime/postgres';
import type { AuditReport } from '../../domain/audit.ts';
import { auditLedger, type LedgerSnapshot, type PurchaseRow } from '../sql/ledger-audit.ts';
import { MOVEMENT } from '../sql/ledger-columns.ts';
import { IS_WANTED_PURCHASE, IS_WANTED_RECORD, wantedKeys } from './ledger-queries.ts';
import { unnest } from './row-arrays.ts';

const ROWS_A_PAGE = 500;

/**
 * Runs the audit over one snapshot of the database, through a connection of its own, and stops when
 * `signal` says so.
 *
 * @throws {DatabaseUnavailableError} and {StartupError} when a row cannot be read at all.
 */
export async function auditPostgres(
  postgres: Postgres,
  signal?: AbortSignal,
): Promise<AuditReport> {
  try {
    return await postgres.snapshot((connection) => auditLedger(createSnapshot(connection, signal)));
  } catch (error) {
    if (signal?.aborted || error instanceof DatabaseUnavailableError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`The ledger cannot be read: ${reason}`, { cause: error });
  }
}

function createSnapshot(connection: PostgresConnection, signal?: AbortSignal): LedgerSnapshot {
  async function* pages<Item>(query: Query<Item>): AsyncGenerator<readonly Item[]> {
    await connection.run(sql`declare audited no scroll cursor for ${query}`);
    for (;;) {
      const rows = await connection.rows({ text: `fetch ${ROWS_A_PAGE} from audited`, values: [] });
      signal?.throwIfAborted();
      yield rows.map((row) => query.read(row, 0));
      if (rows.length < ROWS_A_PAGE) break;
    }
    await connection.run(sql`close audited`);
  }

  return {
    pages,
    async movementsOf(rows) {
      const wanted = unnest(
        [
          { type: 'text', values: rows.map(({ purchase }) => purchase.id) },
          { type: 'bigint', values: rows.map(({ range }) => range.firstPosition) },
          { type: 'bigint', values: rows.map(({ range }) => range.lastPosition) },
        ],
        'wanted (id, first, last)',
      );
      const movements = await connection.all(select(MOVEMENT)`from ${wanted} join movements
        on position between first and last and purchase_id = wanted.id order by position`);
      const movementsById = Map.groupBy(movements, ({ purchaseId }) => purchaseId);
      return rows.map(({ purchase }) => movementsById.get(purchase.id) ?? []);
    },
    recordCounts: (rows) => countRecords(connection, rows),
  };
}

const COUNTED_KEY = pairOf(
  rowCodec<{ scope: string; key: string }>({
    scope: column('wanted_scope'),
    key: column('wanted_key'),
  }),
  rowCodec<{ count: number }>({ count: column('count') }),
);

async function countRecords(
  connection: PostgresConnection,
  rows: readonly PurchaseRow[],
): Promise<readonly number[]> {
  const keyOf = ({ record: { scope, key } }: PurchaseRow) => `${scope}\n${key}`;
  const keys = rows.flatMap(({ record: { scope, key } }) =>
    scope === null || key === null ? [] : { scope, key },
  );
  if (keys.length === 0) return rows.map(() => 0);
  const wanted = wantedKeys(keys);
  const counted = await connection.all(select(COUNTED_KEY)`from (
    select wanted_scope, wanted_key,
      (select count(*) from purchases where ${IS_WANTED_PURCHASE})
      + (select count(*) from idempotency_records where ${IS_WANTED_RECORD}) as count
    from ${wanted}) as counted`);
  const counts = new Map(counted.map(([{ scope, key }, { count }]) => [`${scope}\n${key}`, count]));
  return rows.map((row) => counts.get(keyOf(row)) ?? 0);
}
