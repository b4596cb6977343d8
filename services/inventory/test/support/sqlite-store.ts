import type { Clock } from '@anaquel/runtime';
import { openSqlite } from '@anaquel/runtime/sql';
import { createKnownLevels, type KnownLevels } from '../../src/adapters/sqlite/known-levels.ts';
import { createSqliteLedgerReader } from '../../src/adapters/sqlite/ledger-reader.ts';
import { createSqliteLedger, type SqliteLedger } from '../../src/adapters/sqlite/writer/ledger.ts';
import type { LedgerReader } from '../../src/application/ledger.ts';
import { AT } from './commands.ts';
import { createLedgerFile } from './ledger-file.ts';
import type { StoreConnection, TestStore } from './test-store.ts';

export interface SqliteTestStore extends TestStore {
  readonly path: string;
  connect(...args: Parameters<TestStore['connect']>): StoreConnection & { ledger: SqliteLedger };
  /** Runs SQL through a connection of its own. */
  run(sql: string): void;
}

function fail(error: unknown): never {
  throw error;
}

export async function openSqliteStore(): Promise<SqliteTestStore> {
  const { path, remove } = await createLedgerFile();
  const run = (sql: string): void => runSql(path, sql);
  return {
    path,
    run,
    connect(clock = () => new Date(AT)) {
      const knownLevels = createKnownLevels();
      const ledger = createSqliteLedger({
        path,
        knownLevels,
        onOutcomeUnknown: fail,
        onAdoptionFailed: fail,
      });
      const reader = createSqliteLedgerReader({
        path,
        clock,
        knownLevels,
        onSearchesDied: () => {},
      });
      return {
        ledger,
        reader,
        async close() {
          await ledger.close();
          await reader.close();
        },
      };
    },
    refuseReason: async (reason) => run(refusalOf(reason)),
    remove,
  };
}

/** Remembers none. */
const NO_LEVELS: KnownLevels = {
  get: (_productId, _location, read) => read(),
  beginBatch: () => () => {},
};

/** Reads a ledger as it is in the database, whoever changes it. */
export function readLedger(path: string, clock: Clock): LedgerReader {
  const knownLevels = NO_LEVELS;
  return createSqliteLedgerReader({ path, clock, knownLevels, onSearchesDied: () => {} });
}

/** A trigger that acts as a constraint which only one command breaks. */
export function refusalOf(reason: string): string {
  return `CREATE TRIGGER refuse_${reason} BEFORE INSERT ON movements WHEN NEW.reason = '${reason}'
    BEGIN SELECT RAISE(ABORT, 'this reason is refused'); END`;
}

/** A trigger that fails every write with an error that is not the data's fault. */
export const FAULT = `CREATE TRIGGER fault BEFORE INSERT ON movements BEGIN SELECT json_extract('{', '$'); END`;
export const NO_FAULT = 'DROP TRIGGER fault';

export function runSql(path: string, sql: string): void {
  const database = openSqlite(path);
  database.exec(sql);
  database.close();
}
