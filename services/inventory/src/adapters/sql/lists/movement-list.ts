import type { Filter, ListPage, RowPosition } from '@anaquel/jsonapi';
import {
  comparison,
  filterCondition,
  MAX_COUNTED,
  operand,
  readListPage,
  select,
  sortKeys,
  sql,
  tableList,
  typedPage,
  type Eventual,
  type FilterField,
  type ListSource,
  type RowQuery,
  type Sql,
  type SqlReads,
} from '@anaquel/runtime/sql';
import type {
  LatestMovements,
  MovementFilterField,
  MovementListRequest,
} from '../../../application/ledger.ts';
import { MAIN_LOCATION } from '../../../domain/level.ts';
import type { Movement } from '../../../domain/movement.ts';
import { MOVEMENT } from '../ledger-columns.ts';
import { instantFields } from './instant-range.ts';
import type { ListDatabase } from './list-database.ts';

type MovementFilter = Filter<MovementFilterField>;

const FIELDS: Readonly<Record<MovementFilterField, FilterField>> = {
  product: sql`product_id`,
  kind: sql`kind`,
  quantity: sql`on_hand_delta`,
  ...instantFields(sql`at`),
  actor: sql`actor`,
  reason: sql`reason`,
  purchase: sql`purchase_id`,
};

const POSITION = sql`position`;
const SEQUENCE = sql`sequence`;
const MOVEMENTS = sql`movements`;

/**
 * Lists of movements. Positions, and the sequences of one product, have no gaps: a page of them is
 * a range that needs no rows skipped, and their latest one is their number.
 */
export async function readMovementList(
  database: ListDatabase,
  { filters, sort, page }: MovementListRequest,
): Promise<ListPage<Movement>> {
  const { reads } = database;
  const purchase = filters.find(namesPurchase);
  // The movements of a purchase are few, whichever products they are of.
  const product = purchase === undefined ? filters.find(namesOneProduct) : undefined;
  const several =
    purchase === undefined && product === undefined
      ? filters.find(namesSeveralProducts)
      : undefined;
  const few = several && (await haveFew(reads, several)) ? several : undefined;
  const products = [product, few].filter((filter) => filter !== undefined);
  const tests = filters
    .filter((filter) => filter !== product && filter !== purchase && filter !== few)
    .map((filter) => filterCondition(filter, FIELDS));
  const number = product === undefined ? POSITION : SEQUENCE;
  const isFew = purchase !== undefined || few !== undefined;
  const isWhole = !isFew && tests.length === 0;
  const source = tableList({
    database,
    table: MOVEMENTS,
    reader: MOVEMENT,
    keys: sortKeys(sort, { position: number }, number),
    positionOf: ({ position }) => [...sort.map(() => position), position],
    within:
      purchase === undefined
        ? products.map(ofProduct)
        : [sql`position in (${positionsOf(String(purchase.value))})`],
    tests,
    sliceBy: isFew ? null : number,
    orderedBy: 'slices',
    countAll: isWhole ? () => latestNumber(reads, product) : null,
  });
  return readListPage(
    isWhole ? withoutGaps(source, number) : source,
    await inSequences(
      reads,
      typedPage(page, [...sort.map(() => 'number' as const), 'number']),
      product,
    ),
  );
}

/** Whether an index leads to each page of the list, and the number of its rows is known. */
export function isAtHand({ filters }: MovementListRequest): boolean {
  const [filter, ...others] = filters;
  if (others.length > 0) return false;
  return filter === undefined || namesOneProduct(filter) || namesPurchase(filter);
}

function latestNumber(reads: SqlReads, product: MovementFilter | undefined): Eventual<number> {
  return reads.number(
    product === undefined
      ? sql`select coalesce(max(position), 0) from movements`
      : sql`select coalesce(max(sequence), 0) from movements where ${ofProduct(product)}`,
  );
}

function namesOneProduct({ field, operator, value }: MovementFilter): boolean {
  if (field !== 'product') return false;
  return operator === 'eq' || (operator === 'in' && Array.isArray(value) && value.length === 1);
}

function namesSeveralProducts({ field, operator, value }: MovementFilter): boolean {
  return field === 'product' && operator === 'in' && Array.isArray(value);
}

/** Whether the movements of several products are so few that they are found through each. */
async function haveFew(reads: SqlReads, products: MovementFilter): Promise<boolean> {
  // The sequence of a level is the number of its movements.
  const movements = await reads.number(
    sql`select coalesce(sum(sequence), 0) from levels where ${ofProduct(products)}`,
  );
  return movements <= MAX_COUNTED;
}

function namesPurchase({ field, operator }: MovementFilter): boolean {
  return field === 'purchase' && operator === 'eq';
}

function ofProduct(product: MovementFilter): Sql {
  return sql`${comparison(sql`product_id`, product)} and location = ${MAIN_LOCATION}`;
}

/** Where the movements of a purchase are: they are neighbours, and returns have an index. */
function positionsOf(purchaseId: string): Sql {
  return sql`select position ${soldBy(purchaseId)} union all select position ${returnedOf(purchaseId)}`;
}

function soldBy(purchaseId: string): Sql {
  const bound = (column: Sql) => sql`(select ${column} from purchases where id = ${purchaseId})`;
  return sql`from movements where purchase_id = ${purchaseId}
    and position between ${bound(sql`first_position`)} and ${bound(sql`last_position`)}`;
}

function returnedOf(purchaseId: string): Sql {
  return sql`from movements where kind = 'return' and purchase_id = ${purchaseId}`;
}

/**
 * The latest movements of a purchase. Only so many of its rows are read, however often something
 * was given back.
 */
export async function latestOfPurchase(
  reads: SqlReads,
  purchaseId: string,
  limit: number,
): Promise<LatestMovements> {
  const [sold, returned] = [soldBy(purchaseId), returnedOf(purchaseId)];
  const newest = (rows: Sql) =>
    sql`select * from (select position ${rows} order by position desc limit ${limit}) as newest`;
  const query = select(MOVEMENT)`from movements
    where position in (${newest(sold)} union all ${newest(returned)})
    order by position desc limit ${limit}`;
  const count = (rows: Sql) => reads.number(sql`select count(*) ${rows}`);
  return {
    items: await reads.all(query),
    total: (await count(sold)) + (await count(returned)),
  };
}

/** Instead of skipping rows, says where they begin. */
function withoutGaps(
  source: ListSource<Movement, Movement>,
  number: Sql,
): ListSource<Movement, Movement> {
  const descending = source.keys[0]?.descending === true;
  return {
    ...source,
    async rows(query: RowQuery) {
      const { offset } = query;
      if (offset === 0) return source.rows(query);
      const { total } = await source.count();
      const where = descending ? sql`${number} <= ${total - offset}` : sql`${number} > ${offset}`;
      return source.rows({ ...query, where, offset: 0 });
    },
  };
}

/** Cursors hold positions in the log; the list of one product is ordered by its own sequence. */
async function inSequences(
  reads: SqlReads,
  page: MovementListRequest['page'],
  product: MovementFilter | undefined,
): Promise<MovementListRequest['page']> {
  if (page.style === 'number' || product === undefined) return page;
  const inSequence = async (cursor: RowPosition | null) =>
    cursor && Promise.all(cursor.map((position) => sequenceAt(reads, product, position)));
  return { ...page, after: await inSequence(page.after), before: await inSequence(page.before) };
}

/** Between two of the product's movements, for a position of another one. */
async function sequenceAt(
  reads: SqlReads,
  product: MovementFilter,
  position: RowPosition[number],
): Promise<number> {
  const own = ofProduct(product);
  const [at] = await reads.rows(
    sql`select sequence from movements where position = ${operand(position)} and ${own}`,
  );
  if (at !== undefined) return Number(at[0]);
  const [before] = await reads.rows(
    sql`select sequence from movements where ${own} and position < ${operand(position)} order by sequence desc limit 1`,
  );
  return Number(before?.[0] ?? 0) + 0.5;
}
