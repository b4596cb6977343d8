import type { ListPage } from '@anaquel/jsonapi';
import {
  filterCondition,
  moneyCondition,
  readListPage,
  sortKeys,
  sql,
  tableList,
  typedPage,
  type FilterField,
} from '@anaquel/runtime/sql';
import type { PurchaseFilterField, PurchaseListRequest } from '../../../application/ledger.ts';
import type { Purchase } from '../../../domain/purchase.ts';
import { PURCHASE } from '../ledger-columns.ts';
import type { ListDatabase } from './list-database.ts';
import { countOfOwner, ownerCondition } from './owner-condition.ts';

const ID = sql`id`;
const PURCHASES = sql`purchases`;

const FIELDS: Readonly<Record<PurchaseFilterField, FilterField>> = {
  reference: sql`reference`,
  total: (filter) => moneyCondition(sql`total`, sql`currency_decimals`, filter),
  currency: sql`currency`,
  createdAt: sql`at`,
};

/** Lists of purchases. Their ids are in the order in which they were made. */
export function readPurchaseList(
  database: ListDatabase,
  { filters, sort, page }: PurchaseListRequest,
  owner: string | undefined,
): Promise<ListPage<Purchase>> {
  return readListPage(
    tableList({
      database,
      table: PURCHASES,
      reader: PURCHASE,
      keys: sortKeys(sort, { createdAt: ID }, ID),
      positionOf: ({ id }) => [...sort.map(() => id), id],
      within: ownerCondition(owner),
      tests: filters.map((filter) => filterCondition(filter, FIELDS)),
      sliceBy: ID,
      orderedBy: 'slices',
      countAll: filters.length > 0 ? null : () => countOfOwner(database.reads, PURCHASES, owner),
    }),
    typedPage(page, [...sort.map(() => 'string' as const), 'string']),
  );
}
