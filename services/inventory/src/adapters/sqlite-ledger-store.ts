import type { DatabaseSync } from 'node:sqlite';
import type { Command, IdempotencyRecord, Outcome } from '../domain/command.ts';
import { decide, recordKey, type Decisions, type LedgerState } from '../domain/decide.ts';
import { levelKey, type Level } from '../domain/level.ts';
import {
  LEVEL_COLUMNS,
  levelFrom,
  MOVEMENT_COLUMNS,
  prepareRows,
  PURCHASE_COLUMNS,
  RECORD_COLUMNS,
  recordFrom,
} from './sqlite-rows.ts';

/** How a batch ended when it did not commit. */
export type BatchFailure = 'batch-refused' | 'unavailable' | 'outcome-unknown';

export class BatchFailedError extends Error {
  readonly failure: BatchFailure;

  constructor(failure: BatchFailure, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.failure = failure;
  }
}

/** The ledger's tables behind one writing connection. Synchronous: it lives in the writer's thread. */
export interface SqliteLedgerStore {
  /** @throws {BatchFailedError} */
  commitBatch(commands: readonly Command[]): readonly Outcome[];
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
        decisions = decide(load(commands), commands);
        save(decisions);
      } catch (error) {
        rollBack(database);
        throw new BatchFailedError(isRefusalOfData(error) ? 'batch-refused' : 'unavailable', error);
      }
      try {
        database.exec('COMMIT');
      } catch (error) {
        // After an I/O error at COMMIT the transaction may or may not come back with the next start.
        if (primaryCode(error) === SQLITE_IOERR)
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

function prepareLoad(database: DatabaseSync): (commands: readonly Command[]) => LedgerState {
  const selectHead = prepareRows(database, 'SELECT coalesce(max(position), 0) FROM movements');
  const selectLevel = prepareRows(
    database,
    `SELECT ${LEVEL_COLUMNS} FROM levels WHERE product_id = ? AND location = ?`,
  );
  const selectRecord = prepareRows(
    database,
    `SELECT ${RECORD_COLUMNS} FROM idempotency_records WHERE scope = ? AND key = ?`,
  );

  return (commands) => {
    const levels = new Map<string, Level>();
    const records = new Map<string, IdempotencyRecord>();
    const looked = new Set<string>();
    for (const { steps, idempotency } of commands) {
      for (const { productId, location } of steps) {
        const key = levelKey(productId, location);
        if (looked.has(key)) continue;
        looked.add(key);
        const row = selectLevel.get(productId, location);
        if (row) levels.set(key, levelFrom(row));
      }
      if (!idempotency) continue;
      const row = selectRecord.get(idempotency.scope, idempotency.key);
      if (row) records.set(recordKey(idempotency.scope, idempotency.key), recordFrom(row));
    }
    return { head: selectHead.get()?.[0] as number, levels, records };
  };
}

function prepareSave(database: DatabaseSync): (decisions: Decisions) => void {
  const upsertLevel = database.prepare(
    `INSERT INTO levels (${LEVEL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (product_id, location) DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved,
       low_stock_threshold = excluded.low_stock_threshold, sequence = excluded.sequence, version = excluded.version,
       updated_at = excluded.updated_at`,
  );
  const insertMovement = database.prepare(
    `INSERT INTO movements (${MOVEMENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPurchase = database.prepare(
    `INSERT INTO purchases (${PURCHASE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertRecord = database.prepare(
    `INSERT INTO idempotency_records (${RECORD_COLUMNS}) VALUES (?, ?, ?, ?, ?)`,
  );

  return ({ levels, movements, purchases, records }) => {
    for (const l of levels) {
      const {
        productId,
        location,
        onHand,
        reserved,
        lowStockThreshold,
        sequence,
        version,
        updatedAt,
      } = l;
      upsertLevel.run(
        productId,
        location,
        onHand,
        reserved,
        lowStockThreshold,
        sequence,
        version,
        updatedAt,
      );
    }
    for (const m of movements) {
      const balances = [m.onHandDelta, m.reservedDelta, m.onHandAfter, m.reservedAfter] as const;
      const why = [m.purchaseId, m.reason, m.actor, m.at] as const;
      insertMovement.run(
        m.position,
        m.productId,
        m.location,
        m.sequence,
        m.kind,
        ...balances,
        ...why,
      );
    }
    for (const { purchase: p, firstPosition, lastPosition } of purchases) {
      const money = [p.currency, p.currencyDecimals, p.total] as const;
      const who = [p.owner, p.actor, p.at] as const;
      insertPurchase.run(
        p.id,
        p.reference,
        ...money,
        JSON.stringify(p.lines),
        ...who,
        firstPosition,
        lastPosition,
      );
    }
    for (const { scope, key, fingerprint, outcome, at } of records) {
      insertRecord.run(scope, key, fingerprint, JSON.stringify(outcome), at);
    }
  };
}

// https://www.sqlite.org/rescode.html
const SQLITE_IOERR = 10;
const SQLITE_TOOBIG = 18;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;

/** The low byte of SQLite's extended result code; undefined when the error is not SQLite's. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

/** Whether other data would have passed: a constraint, or a value that cannot be bound, which is no error of SQLite's. */
function isRefusalOfData(error: unknown): boolean {
  const code = primaryCode(error);
  return code === undefined || [SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH].includes(code);
}

/** Some errors, a full disk among them, have rolled back by themselves. */
function rollBack(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('ROLLBACK');
}
