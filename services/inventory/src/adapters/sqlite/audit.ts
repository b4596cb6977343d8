import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  createSqliteConnection,
  openSqlite,
  select,
  StartupError,
  type SqliteConnection,
} from '@anaquel/runtime/sql';
import type { AuditReport } from '../../domain/audit.ts';
import { auditLedger, type LedgerSnapshot } from '../sql/ledger-audit.ts';
import { MOVEMENT } from '../sql/ledger-columns.ts';
import { countRecords } from './ledger-queries.ts';

const ROWS_A_TURN = 500;

/**
 * Runs the audit over one snapshot of the database at `path`, through a connection of its own.
 * Gives way to other work of its thread every few hundred rows.
 *
 * @throws {StartupError} when a row cannot be read at all.
 */
export async function auditSqliteFile(path: string): Promise<AuditReport> {
  const database = openSqlite(path, { readOnly: true });
  try {
    // One transaction sees one snapshot.
    database.exec('BEGIN');
    return await auditLedger(createSnapshot(createSqliteConnection(database)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`The ledger in ${path} cannot be read: ${reason}`, { cause: error });
  } finally {
    database.close();
  }
}

function createSnapshot(connection: SqliteConnection): LedgerSnapshot {
  return {
    async *pages(query) {
      let page = [];
      for (const item of connection.each(query)) {
        page.push(item);
        if (page.length < ROWS_A_TURN) continue;
        yield page;
        page = [];
        await nextTurn();
      }
      yield page;
    },
    movementsOf: async (rows) =>
      rows.map(({ purchase, range: { firstPosition: first, lastPosition: last } }) =>
        connection.all(
          select(MOVEMENT)`from movements where position between ${first} and ${last}
            and purchase_id = ${purchase.id} order by position`,
        ),
      ),
    recordCounts: async (rows) =>
      rows.map(({ record: { scope, key } }) =>
        scope === null || key === null ? 0 : countRecords(connection, scope, key),
      ),
  };
}
