import { createWorkQueue, type SqliteConnection } from '@anaquel/runtime/sql';
import type {
  LevelListRequest,
  MovementListRequest,
  PurchaseListRequest,
  ReservationListRequest,
  SalesSummaryListRequest,
} from '../../application/ledger.ts';
import { levelBefores } from '../sql/level-befores.ts';
import { readLevelList, type LevelListContext } from '../sql/lists/level-list.ts';
import { readMovementList } from '../sql/lists/movement-list.ts';
import { readPurchaseList } from '../sql/lists/purchase-list.ts';
import { readReservationList, type ReservationListContext } from '../sql/lists/reservation-list.ts';
import { readSalesSummaryList } from '../sql/lists/sales-summary-list.ts';
import { auditSqliteFile } from './audit.ts';
import { sqliteLists } from './list-database.ts';

/** What may have to look through any number of rows, whichever thread does it. */
export function createLedgerLists(path: string, reads: SqliteConnection) {
  const lists = sqliteLists(reads);
  const searches = createWorkQueue();
  return {
    levels: (request: LevelListRequest, context: Omit<LevelListContext, 'searches'>) =>
      readLevelList(lists, request, { ...context, searches }),
    levelBefores: (productId: number, instants: readonly string[]) =>
      levelBefores(reads, productId, instants),
    movements: (request: MovementListRequest) => readMovementList(lists, request),
    purchases: (request: PurchaseListRequest, owner: string | undefined) =>
      readPurchaseList(lists, request, owner),
    reservations: (request: ReservationListRequest, context: ReservationListContext) =>
      readReservationList(lists, request, context),
    salesSummaries: (request: SalesSummaryListRequest) => readSalesSummaryList(reads, request),
    audit: () => auditSqliteFile(path),
  };
}

export type LedgerLists = ReturnType<typeof createLedgerLists>;
