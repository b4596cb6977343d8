import type { FilterOf, ListPage, ListRequest, PageRequest } from '@anaquel/jsonapi';
import type { AuditReport } from '../domain/audit.ts';
import type { Command } from '../domain/command.ts';
import type { CommandOutcome } from '../domain/command-outcome.ts';
import type { IdempotencyRecord } from '../domain/idempotency-record.ts';
import type { Level } from '../domain/level.ts';
import type { LevelBefore } from '../domain/level-summary.ts';
import type { Movement, MovementKind } from '../domain/movement.ts';
import type { Purchase, PurchaseDraft, SeenPurchase } from '../domain/purchase.ts';
import type { Reservation, ReservationStatus } from '../domain/reservation.ts';
import type { SalesGrouping, SalesSummary } from '../domain/sales-summary.ts';

/** Everything that writes. A batch is one transaction. */
export interface Ledger {
  /** How many batches it carries out at the same time: more would wait for each other. */
  readonly batchesAtOnce: number;
  /**
   * Decides on the commands in their order and saves the changes. Resolves when they are durable.
   *
   * @throws {BatchRefusedError} The store refused the batch for its data; nothing changed. Part of
   * it may still pass.
   * @throws {LedgerUnavailableError} The store cannot write now; nothing changed.
   * @throws {OutcomeUnknownError} Whether the batch is durable could not be found out.
   */
  commitBatch(commands: readonly Command[]): Promise<readonly CommandOutcome[]>;
  /**
   * Forgets at most `limit` idempotency records older than `before` (RFC 3339), but never those of
   * purchases. Resolves with how many: fewer than `limit` once none is left.
   */
  pruneRecords(before: string, limit: number): Promise<number>;
  /** Writes something that means nothing, as durably as a batch: rejects while nothing can be. */
  tryToWrite(): Promise<void>;
  close(): Promise<void>;
}

export class BatchRefusedError extends Error {
  override readonly name = 'BatchRefusedError';
}

export class LedgerUnavailableError extends Error {
  override readonly name = 'LedgerUnavailableError';
  /** What a server answers whose request fails by it. */
  readonly statusCode = 503;
}

export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}

/** `lowStock` is compared by `eq`: at or below the threshold, of a product that is for sale. */
export interface LevelFilters {
  readonly id: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly lowStockThreshold: number;
  readonly lowStock: boolean;
  readonly updatedAt: string;
}
export type LevelFilterField = keyof LevelFilters;
export type LevelFilter = FilterOf<LevelFilters>;
export type LevelSort = 'id' | 'onHand' | 'reserved' | 'available' | 'updatedAt';
export type LevelListRequest = ListRequest<LevelFilter, LevelSort>;

/**
 * `quantity` is what a movement did to the units on hand; `purchase` is compared by `eq` and
 * `null`. `from` is the first instant of a range, and `to` the one after it.
 */
export interface MovementFilters {
  readonly product: number;
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly createdAt: string;
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly reason: string;
  readonly purchase: string;
}
export type MovementFilterField = keyof MovementFilters;
export type MovementFilter = FilterOf<MovementFilters>;
export type MovementSort = 'position';
export type MovementListRequest = ListRequest<MovementFilter, MovementSort>;

/**
 * `total` is compared in major units. `search` is a number, with or without a `#` before it, or the
 * beginning of a reference. `product` is compared by `in`. `from` is the first instant of a range,
 * and `to` the one after it.
 */
export interface PurchaseFilters {
  readonly number: number;
  readonly search: string;
  readonly product: number;
  readonly reference: string;
  readonly total: number;
  readonly currency: string;
  readonly createdAt: string;
  readonly from: string;
  readonly to: string;
}
export type PurchaseFilterField = keyof PurchaseFilters;
export type PurchaseFilter = FilterOf<PurchaseFilters>;
export type PurchaseSort = 'createdAt';
export type PurchaseListRequest = ListRequest<PurchaseFilter, PurchaseSort>;

/** A due reservation has the status `expired`, recorded or not. */
export interface ReservationFilters {
  readonly status: ReservationStatus;
  readonly reference: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}
export type ReservationFilterField = keyof ReservationFilters;
export type ReservationFilter = FilterOf<ReservationFilters>;
export type ReservationSort = 'createdAt' | 'expiresAt';
export type ReservationListRequest = ListRequest<ReservationFilter, ReservationSort>;

/** From an instant on, and before another one; RFC 3339, UTC. */
export interface InstantSpan {
  readonly from: string;
  readonly to: string;
}

/** A page of the sums of what was sold and came back in a range. */
export interface SalesSummaryListRequest extends InstantSpan, SalesGrouping {
  readonly page: PageRequest;
}

/** The latest movements of a product or a purchase, newest first, and how many it has in all. */
export interface LatestMovements {
  readonly items: readonly Movement[];
  readonly total: number;
}

/**
 * A movement, with the purchase that ends with it, if one does, and with what was reserved, if a
 * change of a reservation ends with it.
 */
export interface LogEntry {
  readonly movement: Movement;
  readonly completes: Purchase | null;
  readonly reserved: PurchaseDraft | null;
}

/**
 * Everything that reads. Answers have every command that was answered before the call, and every
 * expiry from its instant on, recorded or not. Lists without filters are counted exactly, others up
 * to 1,000.
 */
export interface LedgerReader {
  record(scope: string, key: string): Promise<IdempotencyRecord | null>;
  level(productId: number, location: string): Promise<Level | null>;
  /** The products that are `notForSale` have no low stock. */
  levels(request: LevelListRequest, notForSale?: readonly number[]): Promise<ListPage<Level>>;
  /** Those that are tracked of at most 100 products. */
  levelsOf(productIds: readonly number[]): Promise<readonly Level[]>;
  /** The level of a product right before each of at most 101 instants (RFC 3339). */
  levelBefores(productId: number, instants: readonly string[]): Promise<readonly LevelBefore[]>;
  movement(position: number): Promise<Movement | null>;
  /** The log, exactly counted as a whole or for one product. */
  movements(request: MovementListRequest): Promise<ListPage<Movement>>;
  /** Those that exist of at most 100 positions. */
  movementsAt(positions: readonly number[]): Promise<readonly Movement[]>;
  /** The latest `limit` movements of each of at most 100 products. */
  latestMovements(
    productIds: readonly number[],
    limit: number,
  ): Promise<ReadonlyMap<number, LatestMovements>>;
  /**
   * The latest `limit` of what carried out each of at most 100 purchases, and of what has been
   * given back of it.
   */
  purchaseMovements(
    purchaseIds: readonly string[],
    limit: number,
  ): Promise<ReadonlyMap<string, LatestMovements>>;
  reservation(id: string): Promise<Reservation | null>;
  /** Those of one caller when `owner` is given. */
  reservations(request: ReservationListRequest, owner?: string): Promise<ListPage<Reservation>>;
  /** Those that exist of at most 100 ids. */
  reservationsById(ids: readonly string[]): Promise<readonly Reservation[]>;
  /** The ids of at most `limit` active reservations that expired at or before `at` (RFC 3339). */
  dueReservations(at: string, limit: number): Promise<readonly string[]>;
  purchase(id: string): Promise<SeenPurchase | null>;
  /** Those of one caller when `owner` is given. */
  purchases(request: PurchaseListRequest, owner?: string): Promise<ListPage<SeenPurchase>>;
  /** Those that exist of at most 100 ids. */
  purchasesById(ids: readonly string[]): Promise<readonly SeenPurchase[]>;
  /**
   * Costs as much as there are sales in the range, however many there are in the ledger. Null when
   * they are more than `MAX_SALES`, give or take those of a minute.
   */
  salesSummaries(request: SalesSummaryListRequest): Promise<ListPage<SalesSummary> | null>;
  /** What names the log, made with it: positions of another log mean nothing here. */
  logId(): Promise<string>;
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
