import type { Filter, ListPage, RowPosition } from '@anaquel/jsonapi';
import {
  comparison,
  filterCondition,
  MAX_COUNTED,
  readListPage,
  sortKeys,
  sql,
  type FilterField,
  type ListSource,
  type RowQuery,
  type Sql,
} from '@anaquel/runtime/sql';
import type {
  LatestMovements,
  MovementFilterField,
  MovementListRequest,
} from '../../../application/ledger.ts';
import { MAIN_LOCATION } from '../../../domain/level.ts';
import type { Movement } from '../../../domain/movement.ts';
import { sqliteList } from './list.ts';
import { MOVEMENT_COLUMNS, movementFrom } from '../rows.ts';
import { numberOf, type RunStatement } from '../statements.ts';

type MovementFilter = Filter<MovementFilterField>;

const FIELDS: Readonly<Record<MovementFilterField, FilterField>> = {
  product: sql`product_id`,
  kind: sql`kind`,
  quantity: sql`on_hand_delta`,
  createdAt: sql`at`,
  actor: sql`actor`,
  reason: sql`reason`,
  purchase: sql`purchase_id`,
};

const POSITION = sql`position`;
const SEQUENCE = sql`sequence`;
const MOVEMENTS = sql`movements`;
const COLUMNS: Sql = { text: MOVEMENT_COLUMNS, values: [] };

/**
 * Lists of movements. Positions, and the sequences of one product, have no gaps: a page of them is
 * a range that needs no rows skipped, and their latest one is their number.
 */
export function readMovementList(
  run: RunStatement,
  { filters, sort, page }: MovementListRequest,
): Promise<ListPage<Movement>> {
  const purchase = filters.find(namesPurchase);
  // The movements of a purchase are few, whichever products they are of.
  const product = purchase === undefined ? filters.find(namesOneProduct) : undefined;
  const few =
    purchase === undefined && product === undefined
      ? filters.find((filter) => haveFew(run, filter))
      : undefined;
  const products = [product, few].filter((filter) => filter !== undefined);
  const tests = filters
    .filter((filter) => filter !== product && filter !== purchase && filter !== few)
    .map((filter) => filterCondition(filter, FIELDS));
  const number = product === undefined ? POSITION : SEQUENCE;
  const isFew = purchase !== undefined || few !== undefined;
  const isWhole = !isFew && tests.length === 0;
  const source = sqliteList(run, {
    table: MOVEMENTS,
    columns: COLUMNS,
    read: movementFrom,
    keys: sortKeys(sort, { position: number }, number),
    positionOf: ({ position }) => [...sort.map(() => position), position],
    within:
      purchase === undefined
        ? products.map(ofProduct)
        : [sql`position IN (${positionsOf(String(purchase.value))})`],
    tests,
    sliceBy: isFew ? null : number,
    orderedBy: 'slices',
    countAll: isWhole ? () => latest(run, product) : null,
  });
  return readListPage(
    isWhole ? withoutGaps(source, number) : source,
    inSequences(run, page, product),
  );
}

function latest(run: RunStatement, product: MovementFilter | undefined): number {
  return numberOf(
    run(
      product === undefined
        ? sql`SELECT coalesce(max(position), 0) FROM movements`
        : sql`SELECT coalesce(max(sequence), 0) FROM movements WHERE ${ofProduct(product)}`,
    ),
  );
}

function namesOneProduct({ field, operator, value }: MovementFilter): boolean {
  if (field !== 'product') return false;
  return operator === 'eq' || (operator === 'in' && Array.isArray(value) && value.length === 1);
}

/** Whether the movements of several products are so few that they are found through each. */
function haveFew(run: RunStatement, { field, operator, value }: MovementFilter): boolean {
  if (field !== 'product' || operator !== 'in' || !Array.isArray(value)) return false;
  let movements = 0;
  for (const id of value) {
    movements += latest(run, { field, operator: 'eq', value: id });
    if (movements > MAX_COUNTED) return false;
  }
  return true;
}

function namesPurchase({ field, operator }: MovementFilter): boolean {
  return field === 'purchase' && operator === 'eq';
}

function ofProduct(product: MovementFilter): Sql {
  return sql`${comparison(sql`product_id`, product)} AND location = ${MAIN_LOCATION}`;
}

/** Where the movements of a purchase are: they are neighbours, and returns have an index. */
function positionsOf(purchaseId: string): Sql {
  return sql`SELECT position ${soldBy(purchaseId)} UNION ALL SELECT position ${returnedOf(purchaseId)}`;
}

function soldBy(purchaseId: string): Sql {
  const bound = (column: Sql) => sql`(SELECT ${column} FROM purchases WHERE id = ${purchaseId})`;
  return sql`FROM movements WHERE purchase_id = ${purchaseId}
    AND position BETWEEN ${bound(sql`first_position`)} AND ${bound(sql`last_position`)}`;
}

function returnedOf(purchaseId: string): Sql {
  return sql`FROM movements WHERE kind = 'return' AND purchase_id = ${purchaseId}`;
}

/**
 * The latest movements of a purchase. Only so many of its rows are read, however often something
 * was given back.
 */
export function latestOfPurchase(
  run: RunStatement,
  purchaseId: string,
  limit: number,
): LatestMovements {
  const [sold, returned] = [soldBy(purchaseId), returnedOf(purchaseId)];
  const newest = (rows: Sql) =>
    sql`SELECT * FROM (SELECT position ${rows} ORDER BY position DESC LIMIT ${limit})`;
  const items = run(
    sql`SELECT ${COLUMNS} FROM movements WHERE position IN (${newest(sold)} UNION ALL ${newest(returned)})
      ORDER BY position DESC LIMIT ${limit}`,
  );
  const count = (rows: Sql) => numberOf(run(sql`SELECT count(*) ${rows}`));
  return { items: items.map(movementFrom), total: count(sold) + count(returned) };
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
function inSequences(
  run: RunStatement,
  page: MovementListRequest['page'],
  product: MovementFilter | undefined,
): MovementListRequest['page'] {
  if (page.style === 'number' || product === undefined) return page;
  const translated = (cursor: RowPosition | null) =>
    cursor && cursor.map((position) => sequenceAt(run, product, position));
  return { ...page, after: translated(page.after), before: translated(page.before) };
}

/** Between two of the product's movements, for a position of another one. */
function sequenceAt(
  run: RunStatement,
  product: MovementFilter,
  position: RowPosition[number],
): number | null {
  const own = ofProduct(product);
  const [hit] = run(sql`SELECT sequence FROM movements WHERE position = ${position} AND ${own}`);
  if (hit !== undefined) return hit[0] as number;
  const [before] = run(
    sql`SELECT sequence FROM movements WHERE ${own} AND position < ${position} ORDER BY sequence DESC LIMIT 1`,
  );
  return ((before?.[0] as number | undefined) ?? 0) + 0.5;
}
