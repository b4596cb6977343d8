import type { Filter, ListPage } from '@anaquel/jsonapi';
import {
  filterCondition,
  readListPage,
  sortKeys,
  sql,
  tableList,
  typedPage,
  type FilterField,
  type Sql,
  type WorkQueue,
} from '@anaquel/runtime/sql';
import type { LevelFilterField, LevelListRequest, LevelSort } from '../../../application/ledger.ts';
import { available, type Level } from '../../../domain/level.ts';
import { LEVEL } from '../ledger-columns.ts';
import type { ListDatabase } from './list-database.ts';

/**
 * Levels as they are once what is due has been released. What is due is looked for level by level:
 * most hold nothing.
 */
function levelsAt(at: string): Sql {
  const due = (column: Sql) =>
    sql`case when l.reserved > 0 then (select ${column} from holds h
      where h.product_id = l.product_id and h.location = l.location and h.expires_at <= ${at}) end`;
  const holds = sql`coalesce(${due(sql`count(*)`)}, 0)`;
  return sql`(
  select l.product_id, l.location, l.on_hand, l.reserved - coalesce(${due(sql`cast(sum(h.quantity) as bigint)`)}, 0) as reserved,
    l.low_stock_threshold, l.sequence + ${holds} as sequence, l.version + ${holds} as version,
    coalesce(${due(sql`max(h.expires_at)`)}, l.updated_at) as updated_at
  from levels l) as levels`;
}

const SORTS: Readonly<Record<LevelSort, Sql>> = {
  id: sql`product_id`,
  onHand: sql`on_hand`,
  reserved: sql`reserved`,
  available: sql`(on_hand - reserved)`,
  updatedAt: sql`updated_at`,
};

function fieldsWith(
  notForSale: readonly number[],
  { idsOf }: ListDatabase,
): Readonly<Record<LevelFilterField, FilterField>> {
  const isLow = sql`on_hand - reserved <= low_stock_threshold`;
  const isLowAndForSale = () => sql`${isLow} and product_id not in (${idsOf(notForSale)})`;
  const condition = notForSale.length === 0 ? isLow : isLowAndForSale();
  return {
    ...SORTS,
    lowStockThreshold: sql`low_stock_threshold`,
    lowStock: sql`case when ${condition} then 1 else 0 end`,
  };
}

const TYPES: Readonly<Record<LevelSort, 'number' | 'string'>> = {
  id: 'number',
  onHand: 'number',
  reserved: 'number',
  available: 'number',
  updatedAt: 'string',
};

const VALUES: Readonly<Record<LevelSort, (level: Level) => string | number>> = {
  id: ({ productId }) => productId,
  onHand: ({ onHand }) => onHand,
  reserved: ({ reserved }) => reserved,
  available,
  updatedAt: ({ updatedAt }) => updatedAt,
};

export interface LevelListContext {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** For the searches of far pages, which take memory. */
  readonly searches: WorkQueue;
  /** Products whose stock is never low. */
  readonly notForSale: readonly number[];
}

/**
 * Lists of levels, which are as many as products. Every sale updates one, so no index has any order
 * but that of their ids: for others all are looked at, in slices.
 */
export function readLevelList(
  database: ListDatabase,
  { filters, sort, page }: LevelListRequest,
  { at, searches, notForSale }: LevelListContext,
): Promise<ListPage<Level>> {
  const fields = fieldsWith(notForSale, database);
  const productFilters = filters.filter(namesProducts);
  const others = filters.filter((filter) => !namesProducts(filter));
  return readListPage(
    tableList({
      database,
      table: levelsAt(at),
      reader: LEVEL,
      keys: sortKeys(sort, SORTS, SORTS.id),
      positionOf: (level) => [...sort.map(({ field }) => VALUES[field](level)), level.productId],
      within: productFilters.map((filter) => filterCondition(filter, fields)),
      tests: others.map((filter) => filterCondition(filter, fields)),
      sliceBy: productFilters.length > 0 ? null : SORTS.id,
      orderedBy: sort[0] === undefined || sort[0].field === 'id' ? 'slices' : searches,
      countAll:
        filters.length > 0 ? null : () => database.reads.number(sql`select count(*) from levels`),
    }),
    typedPage(page, [...sort.map(({ field }) => TYPES[field]), 'number']),
  );
}

export function namesProducts({ field, operator }: Filter<LevelFilterField>): boolean {
  return field === 'id' && (operator === 'eq' || operator === 'in');
}
