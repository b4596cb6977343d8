import type { DatabaseSync } from 'node:sqlite';
import { commit, CommitOutcomeUnknownError, sqliteCode } from '@anaquel/runtime/sql';
import type { Command } from '../../../domain/command.ts';
import type { CommandOutcome } from '../../../domain/command-outcome.ts';
import { decide, type Decisions } from '../../../domain/decide.ts';
import { prepareLoad } from './ledger-load.ts';
import { prepareSave } from './ledger-save.ts';
import { prepareRows } from '../rows.ts';

/** How a batch ended when it did not commit. */
export type BatchFailure = 'batch-refused' | 'unavailable' | 'outcome-unknown';

export class BatchFailedError extends Error {
  readonly failure: BatchFailure;

  constructor(failure: BatchFailure, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.failure = failure;
  }
}

/**
 * The ledger's tables behind one writing connection. Synchronous: it lives in the writer's thread.
 */
export interface SqliteLedgerStore {
  /** @throws {BatchFailedError} */
  commitBatch(commands: readonly Command[]): readonly CommandOutcome[];
  loadCursor(relay: string): number;
  saveCursor(relay: string, position: number): void;
  pruneRecords(before: string, limit: number): number;
}

export function createSqliteLedgerStore(database: DatabaseSync): SqliteLedgerStore {
  const load = prepareLoad(database);
  const save = prepareSave(database);
  const selectCursor = prepareRows(database, 'SELECT position FROM relay_cursors WHERE relay = ?');
  const upsertCursor = database.prepare(
    'INSERT OR REPLACE INTO relay_cursors (relay, position) VALUES (?, ?)',
  );
  const selectOldRecords = prepareRows(
    database,
    'SELECT number, at FROM idempotency_records ORDER BY number LIMIT ?',
  );
  const deleteRecords = database.prepare(
    'DELETE FROM idempotency_records WHERE number <= ? AND at < ?',
  );

  return {
    commitBatch(commands) {
      let decisions: Decisions;
      try {
        database.exec('BEGIN IMMEDIATE');
        const state = load(commands);
        decisions = decide(state, commands);
        save(decisions, state);
      } catch (error) {
        rollBack(database);
        throw new BatchFailedError(isRefusalOfData(error) ? 'batch-refused' : 'unavailable', error);
      }
      try {
        commit(database);
      } catch (error) {
        if (error instanceof CommitOutcomeUnknownError)
          throw new BatchFailedError('outcome-unknown', error);
        rollBack(database);
        throw new BatchFailedError('unavailable', error);
      }
      return decisions.outcomes;
    },
    loadCursor: (relay) => (selectCursor.get(relay)?.[0] as number | undefined) ?? 0,
    saveCursor: (relay, position) => void upsertCursor.run(relay, position),
    pruneRecords(before, limit) {
      const oldest = selectOldRecords.all(limit);
      const expired = oldest.filter(([, at]) => (at as string) < before);
      const last = expired.at(-1);
      if (last) deleteRecords.run(last[0] as number, before);
      return expired.length;
    },
  };
}

// https://www.sqlite.org/rescode.html
const SQLITE_TOOBIG = 18;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;

/**
 * Whether other data would have passed: a constraint, or a value that cannot be bound, which is no
 * error of SQLite's.
 */
function isRefusalOfData(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === undefined || [SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH].includes(code);
}

/** Some errors, a full disk among them, have rolled back by themselves. */
function rollBack(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('ROLLBACK');
}
