import type { AuditReport } from '../domain/audit.ts';
import type { Command, IdempotencyRecord, Outcome } from '../domain/command.ts';
import type { Level } from '../domain/level.ts';
import type { Movement } from '../domain/movement.ts';
import type { Purchase } from '../domain/purchase.ts';
import type { Reservation } from '../domain/reservation.ts';

/** Everything that writes. A batch is one transaction. */
export interface Ledger {
  /**
   * Decides on the commands in their order, saves what follows from them and resolves once that is durable.
   *
   * @throws {BatchRefusedError} The store refused the batch for its data; nothing changed. Part of it may still pass.
   * @throws {LedgerUnavailableError} The store cannot write now; nothing changed.
   */
  commitBatch(commands: readonly Command[]): Promise<readonly Outcome[]>;
  loadCursor(relay: string): Promise<number>;
  saveCursor(relay: string, position: number): Promise<void>;
  /** Deletes at most `limit` idempotency records older than `before` (RFC 3339) and tells how many they were. */
  pruneRecords(before: string, limit: number): Promise<number>;
  close(): Promise<void>;
}

export class BatchRefusedError extends Error {
  override readonly name = 'BatchRefusedError';
}

export class LedgerUnavailableError extends Error {
  override readonly name = 'LedgerUnavailableError';
}

export type LevelSortField = 'id' | 'onHand' | 'available' | 'updatedAt';

export interface LevelQuery {
  readonly ids?: readonly number[] | undefined;
  readonly lowStock?: boolean | undefined;
  readonly sort: readonly { readonly field: LevelSortField; readonly descending: boolean }[];
  readonly page: PageRequest;
}

/** `number` counts from 1. */
export interface PageRequest {
  readonly number: number;
  readonly size: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

/** A movement, with the purchase that ends with it, if one does. */
export interface LogEntry {
  readonly movement: Movement;
  readonly completes: Purchase | null;
}

/**
 * Everything that reads. Answers reflect every command that was answered before the call, and expiries at their instant,
 * whether they have been written down or not.
 */
export interface LedgerReader {
  record(scope: string, key: string): Promise<IdempotencyRecord | null>;
  level(productId: number, location: string): Promise<Level | null>;
  levels(query: LevelQuery): Promise<Page<Level>>;
  movement(position: number): Promise<Movement | null>;
  /** In the order of the log, or latest first; those of one product when `productId` is given. */
  movements(query: {
    productId?: number | undefined;
    latestFirst: boolean;
    page: PageRequest;
  }): Promise<Page<Movement>>;
  reservation(id: string): Promise<Reservation | null>;
  /** Those of one caller when `owner` is given. */
  reservations(query: {
    owner?: string | undefined;
    latestFirst: boolean;
    page: PageRequest;
  }): Promise<Page<Reservation>>;
  /** The ids of at most `limit` active reservations that expired at or before `at` (RFC 3339). */
  dueReservations(at: string, limit: number): Promise<readonly string[]>;
  purchase(id: string): Promise<Purchase | null>;
  /** Those of one caller when `owner` is given. */
  purchases(query: {
    owner?: string | undefined;
    latestFirst: boolean;
    page: PageRequest;
  }): Promise<Page<Purchase>>;
  /** The position of the latest movement; 0 when there is none. */
  head(): Promise<number>;
  /** At most `limit` entries after `position`, in order. */
  entriesAfter(position: number, limit: number): Promise<readonly LogEntry[]>;
  /** Checks the whole ledger as it stands at one moment; see `domain/audit.ts`. */
  audit(): Promise<AuditReport>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
