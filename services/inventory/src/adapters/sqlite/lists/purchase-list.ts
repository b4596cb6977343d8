import type { ListPage } from '@anaquel/jsonapi';
import {
  comparedMoney,
  conditionOf,
  readListPage,
  sortKeys,
  sqlPart,
  type FilterField,
  type SqlPart,
} from '@anaquel/runtime/sql';
import type { PurchaseFilterField, PurchaseListRequest } from '../../../application/ledger.ts';
import type { Purchase } from '../../../domain/purchase.ts';
import { sqliteList } from './list.ts';
import { PURCHASE_COLUMNS, purchaseFrom } from '../rows.ts';
import { countOwned, ownedBy, type RunStatement } from '../statements.ts';

const ID = sqlPart`id`;
const PURCHASES = sqlPart`purchases`;
const COLUMNS: SqlPart = { text: PURCHASE_COLUMNS, values: [] };

const FIELDS: Readonly<Record<PurchaseFilterField, FilterField>> = {
  reference: sqlPart`reference`,
  total: (filter) => comparedMoney(sqlPart`total`, sqlPart`currency_decimals`, filter),
  currency: sqlPart`currency`,
  createdAt: sqlPart`at`,
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
      tests: filters.map((filter) => conditionOf(filter, FIELDS)),
      sliceBy: ID,
      orderedBy: 'slices',
      countAll: filters.length > 0 ? null : () => countOwned(run, PURCHASES, owner),
    }),
    page,
  );
}
