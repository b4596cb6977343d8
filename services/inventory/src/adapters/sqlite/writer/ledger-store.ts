import type { DatabaseSync } from 'node:sqlite';
import { textOf, type EventTextPage } from '@anaquel/events/event-text';
import {
  commit,
  CommitOutcomeUnknownError,
  createSqliteConnection,
  rollBack,
  runAlone,
  sql,
  sqliteCode,
  type Row,
  type Sql,
} from '@anaquel/runtime/sql';
import { eventsOf } from '../../../application/stock-event.ts';
import type { Command } from '../../../domain/command.ts';
import type { CommandOutcome } from '../../../domain/command-outcome.ts';
import { decide, type Decisions } from '../../../domain/decide.ts';
import { createRecentEntries } from '../../sql/recent-entries.ts';
import { loadState } from './ledger-load.ts';
import { saveDecisions } from './ledger-save.ts';
import { adoptRecords, hasUnadopted, pruneRecords } from './record-upkeep.ts';

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
  /**
   * The events of at most `limit` entries of the log after a position; null where they are not
   * among those that were added last and not asked for since. The log is the one with this id.
   */
  recentTexts(logId: string, position: number, limit: number): EventTextPage | null;
  loadCursor(relay: string): number;
  saveCursor(relay: string, position: number): void;
  /** Carries out statements in one transaction, and gives the rows of each. */
  commitStatements(statements: readonly Sql[]): readonly (readonly Row[])[];
  /** See `Ledger`. */
  pruneRecords(before: string, limit: number): number;
  /**
   * Looks through at most `limit` records of earlier releases, and moves those of purchases into
   * the purchases' rows. Returns how many it looked through: 0 when none is left.
   */
  adoptRecords(limit: number): number;
}

export function createSqliteLedgerStore(database: DatabaseSync): SqliteLedgerStore {
  const connection = createSqliteConnection(database);
  const recentEntries = createRecentEntries();

  /** Of upkeep. After a disk that fails at COMMIT nothing may be written, as after a batch. */
  function transaction<Result>(work: () => Result): Result {
    return orUnknown(() => {
      try {
        database.exec('BEGIN IMMEDIATE');
        const result = work();
        commit(database);
        return result;
      } catch (error) {
        if (!(error instanceof CommitOutcomeUnknownError)) rollBack(database);
        throw error;
      }
    });
  }

  return {
    commitBatch(commands) {
      let decisions: Decisions;
      try {
        database.exec('BEGIN IMMEDIATE');
        const state = loadState(connection, commands);
        decisions = decide(state, commands);
        saveDecisions(connection, decisions, state);
      } catch (error) {
        rollBack(database);
        throw new BatchFailedError(isRefusalOfData(error) ? 'batch-refused' : 'unavailable', error);
      }
      try {
        orUnknown(() => commit(database));
      } catch (error) {
        if (error instanceof BatchFailedError) throw error;
        rollBack(database);
        throw new BatchFailedError('unavailable', error);
      }
      recentEntries.add(decisions);
      return decisions.outcomes;
    },
    recentTexts(logId, position, limit) {
      // It has been published: it would only live on as garbage does that is hard to collect.
      recentEntries.forget(position);
      const entries = recentEntries.after(position, limit);
      if (entries === null) return null;
      const events = eventsOf(entries, logId).map(({ event }) => textOf(event));
      return { events, position: position + entries.length };
    },
    loadCursor: (relay) =>
      connection.number(
        sql`select coalesce(max(position), 0) from relay_cursors where relay = ${relay}`,
      ),
    saveCursor: (relay, position) =>
      orUnknown(() =>
        runAlone(
          connection,
          sql`insert or replace into relay_cursors (relay, position) values (${relay}, ${position})`,
        ),
      ),
    commitStatements(statements) {
      try {
        return transaction(() => statements.map((statement) => connection.rows(statement)));
      } catch (error) {
        if (error instanceof BatchFailedError || !isRefusalOfData(error)) throw error;
        throw new BatchFailedError('batch-refused', error);
      }
    },
    pruneRecords: (before, limit) => transaction(() => pruneRecords(connection, before, limit)),
    // Most services have nothing to adopt: they begin no transaction for it.
    adoptRecords: (limit) =>
      hasUnadopted(connection) ? transaction(() => adoptRecords(connection, limit)) : 0,
  };
}

function orUnknown<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof CommitOutcomeUnknownError)
      throw new BatchFailedError('outcome-unknown', error);
    throw error;
  }
}

// https://www.sqlite.org/rescode.html
const SQLITE_TOOBIG = 18;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;

/**
 * Whether the batch's data is at fault and not the store: a constraint failed, or a value cannot be
 * bound, which is no error of SQLite's.
 */
function isRefusalOfData(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === undefined || [SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH].includes(code);
}
