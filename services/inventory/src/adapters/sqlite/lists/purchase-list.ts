import type { ListPage } from '@anaquel/jsonapi';
import {
  moneyCondition,
  filterCondition,
  readListPage,
  sortKeys,
  sql,
  type FilterField,
  type Sql,
} from '@anaquel/runtime/sql';
import type { PurchaseFilterField, PurchaseListRequest } from '../../../application/ledger.ts';
import type { Purchase } from '../../../domain/purchase.ts';
import { sqliteList } from './list.ts';
import { PURCHASE_COLUMNS, purchaseFrom } from '../rows.ts';
import { countOwned, ownedBy, type RunStatement } from '../statements.ts';

const ID = sql`id`;
const PURCHASES = sql`purchases`;
const COLUMNS: Sql = { text: PURCHASE_COLUMNS, values: [] };

const FIELDS: Readonly<Record<PurchaseFilterField, FilterField>> = {
  reference: sql`reference`,
  total: (filter) => moneyCondition(sql`total`, sql`currency_decimals`, filter),
  currency: sql`currency`,
  createdAt: sql`at`,
};

/** Lists of purchases. Their ids are in the order in which they were made. */
export function readPurchaseList(
  run: RunStatement,
  { filters, sort, page }: PurchaseListRequest,
  owner: string | undefined,
): Promise<ListPage<Purchase>> {
  return readListPage(
    sqliteList(run, {
      table: PURCHASES,
      columns: COLUMNS,
      read: purchaseFrom,
      keys: sortKeys(sort, { createdAt: ID }, ID),
      positionOf: ({ id }) => [...sort.map(() => id), id],
      within: ownedBy(owner),
      tests: filters.map((filter) => filterCondition(filter, FIELDS)),
      sliceBy: ID,
      orderedBy: 'slices',
      countAll: filters.length > 0 ? null : () => countOwned(run, PURCHASES, owner),
    }),
    page,
  );
}
