import type { Filter, ListPage } from '@anaquel/jsonapi';
import {
  comparison,
  filterCondition,
  joinSql,
  MAX_COUNTED,
  moneyCondition,
  readListPage,
  sortKeys,
  sql,
  tableList,
  typedPage,
  valueList,
  type FilterField,
  type Sql,
  type SqlReads,
  type SqlValue,
} from '@anaquel/runtime/sql';
import type {
  PurchaseFilter,
  PurchaseFilterField,
  PurchaseListRequest,
} from '../../../application/ledger.ts';
import { MAIN_LOCATION } from '../../../domain/level.ts';
import type { SeenPurchase } from '../../../domain/purchase.ts';
import { PURCHASE } from '../ledger-columns.ts';
import { seenPurchases } from '../returned-units.ts';
import { idsWithin, instantFields, instantRange } from './instant-range.ts';
import type { ListDatabase } from './list-database.ts';
import { countOfOwner, ownerCondition } from './owner-condition.ts';

const ID = sql`id`;
const NUMBER = sql`number`;
const REFERENCE = sql`reference`;
const PURCHASES = sql`purchases`;

const FIELDS: Readonly<Record<PurchaseFilterField, FilterField>> = {
  number: NUMBER,
  search: ({ value }) => sql`(${joinSql(meaningsOf(value), ' or ')})`,
  product: (filter) => sql`exists (select 1 from movements m
    where m.position between first_position and last_position and ${isOfProduct(filter)})`,
  reference: REFERENCE,
  total: (filter) => moneyCondition(sql`total`, sql`currency_decimals`, filter),
  currency: sql`currency`,
  ...instantFields(sql`at`),
};

/**
 * Lists of purchases. Their ids are in the order in which they were made, and begin with the
 * instant of it. Of a filter that an index answers, and that leaves few, these are the list.
 */
export async function readPurchaseList(
  database: ListDatabase,
  { filters, sort, page }: PurchaseListRequest,
  owner: string | undefined,
): Promise<ListPage<SeenPurchase>> {
  const few = await findFew(database.reads, filters);
  const tests = filters
    .filter((filter) => filter !== few?.filter)
    .map((filter) => filterCondition(filter, FIELDS));
  const listed = await readListPage(
    tableList({
      database,
      table: PURCHASES,
      reader: PURCHASE,
      keys: sortKeys(sort, { createdAt: ID }, ID),
      positionOf: ({ id }) => [...sort.map(() => id), id],
      within: [
        ...ownerCondition(owner),
        ...(few ? [sql`id in ${valueList(few.ids)}`] : idsWithin(ID, instantRange(filters))),
      ],
      tests,
      sliceBy: few ? null : ID,
      orderedBy: 'slices',
      countAll: filters.length > 0 ? null : () => countOfOwner(database.reads, PURCHASES, owner),
    }),
    typedPage(page, [...sort.map(() => 'string' as const), 'string']),
  );
  return { ...listed, items: await seenPurchases(database.reads, listed.items) };
}

interface FewPurchases {
  readonly filter: PurchaseFilter;
  readonly ids: readonly SqlValue[];
}

/** The purchases that one of the filters leaves, where an index has them and they are few. */
async function findFew(
  reads: SqlReads,
  filters: readonly PurchaseFilter[],
): Promise<FewPurchases | null> {
  for (const filter of filters) {
    const ids = idsBy(filter);
    if (ids === null || (filter.field === 'product' && !(await moveSeldom(reads, filter))))
      continue;
    const rows = await reads.rows(sql`${ids} limit ${MAX_COUNTED + 1}`);
    if (rows.length <= MAX_COUNTED) return { filter, ids: [...new Set(rows.flat())] };
  }
  return null;
}

/** A query of ids by an index; null where none has them. */
function idsBy(filter: PurchaseFilter): Sql | null {
  const { field, operator, value } = filter;
  const isOneOf = operator === 'eq' || operator === 'in';
  if (field === 'search') {
    const queries = meaningsOf(value).map((one) => sql`select id from purchases where ${one}`);
    return joinSql(queries, ' union all ');
  }
  if (field === 'product')
    return sql`select purchase_id from movements m where ${isOfProduct(filter)}`;
  if (field === 'number' && isOneOf)
    return sql`select id from purchases where ${comparison(NUMBER, filter)}`;
  if (field === 'reference' && isOneOf)
    return sql`select id from purchases where ${comparison(REFERENCE, filter)}`;
  if (field === 'reference' && operator === 'startsWith')
    return sql`select id from purchases where ${beginsWith(value)}`;
  return null;
}

const SALE_NUMBER = /^#?([1-9]\d{0,14})$/;

/** What somebody may mean who types this: a number (`1042`, `#1042`), or a reference. */
function meaningsOf(value: Filter['value']): Sql[] {
  const [, digits] = SALE_NUMBER.exec(String(value)) ?? [];
  const reference = beginsWith(value);
  return digits === undefined ? [reference] : [sql`number = ${Number(digits)}`, reference];
}

/** Sorts after every text that begins with what stands before it. */
const LAST_CHARACTER = '\u{10FFFF}';

/** A range, which the index of references has. */
function beginsWith(value: Filter['value']): Sql {
  const text = String(value);
  return sql`(reference >= ${text} and reference < ${text + LAST_CHARACTER})`;
}

function isOfProduct(filter: Filter): Sql {
  return sql`${comparison(sql`m.product_id`, filter)} and m.location = ${MAIN_LOCATION}
    and m.kind = 'sale'`;
}

/** How many movements are looked through for the sales among them. */
const MAX_MOVEMENTS = 10_000;

/** Whether products move so seldom that their sales are found through their movements. */
async function moveSeldom(reads: SqlReads, products: Filter): Promise<boolean> {
  // The sequence of a level is the number of its movements.
  const movements = await reads.number(sql`select coalesce(sum(sequence), 0) from levels
    where ${comparison(sql`product_id`, products)} and location = ${MAIN_LOCATION}`);
  return movements <= MAX_MOVEMENTS;
}
