import type { Filter, ListPage } from '@anaquel/jsonapi';
import {
  filterCondition,
  readListPage,
  sortKeys,
  sql,
  type FilterField,
  type Sql,
} from '@anaquel/runtime/sql';
import type { LevelFilterField, LevelListRequest, LevelSort } from '../../../application/ledger.ts';
import { available, type Level } from '../../../domain/level.ts';
import type { InTurn } from '../in-turn.ts';
import { sqliteList } from './list.ts';
import { LEVEL_COLUMNS, levelFrom } from '../rows.ts';
import { numberOf, type RunStatement } from '../statements.ts';

/**
 * Levels as they are once what is due has been released. What is due is looked for level by level:
 * most hold nothing.
 */
function levelsAt(at: string): Sql {
  const due = (column: Sql) =>
    sql`CASE WHEN l.reserved > 0 THEN (SELECT ${column} FROM holds h
      WHERE h.product_id = l.product_id AND h.location = l.location AND h.expires_at <= ${at}) END`;
  const holds = sql`coalesce(${due(sql`count(*)`)}, 0)`;
  return sql`(
  SELECT l.product_id, l.location, l.on_hand, l.reserved - coalesce(${due(sql`sum(h.quantity)`)}, 0) AS reserved,
    l.low_stock_threshold, l.sequence + ${holds} AS sequence, l.version + ${holds} AS version,
    coalesce(${due(sql`max(h.expires_at)`)}, l.updated_at) AS updated_at
  FROM levels l)`;
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
): Readonly<Record<LevelFilterField, FilterField>> {
  const isLow = sql`coalesce(on_hand - reserved <= low_stock_threshold, 0)`;
  const isForSale = sql`product_id NOT IN (SELECT value FROM json_each(${JSON.stringify(notForSale)}))`;
  return {
    ...SORTS,
    lowStockThreshold: sql`low_stock_threshold`,
    lowStock: notForSale.length === 0 ? isLow : sql`(${isLow} AND ${isForSale})`,
  };
}

const VALUES: Readonly<Record<LevelSort, (level: Level) => string | number>> = {
  id: ({ productId }) => productId,
  onHand: ({ onHand }) => onHand,
  reserved: ({ reserved }) => reserved,
  available,
  updatedAt: ({ updatedAt }) => updatedAt,
};

const COLUMNS: Sql = { text: LEVEL_COLUMNS, values: [] };

/**
 * Lists of levels, which are as many as products. Every sale updates one, so no index has any order
 * but that of their ids: for others all are looked at, in slices.
 */
export function readLevelList(
  run: RunStatement,
  { filters, sort, page }: LevelListRequest,
  {
    at,
    inTurn,
    notForSale,
  }: { readonly at: string; readonly inTurn: InTurn; readonly notForSale: readonly number[] },
): Promise<ListPage<Level>> {
  const fields = fieldsWith(notForSale);
  const named = filters.filter(namesProducts);
  const others = filters.filter((filter) => !namesProducts(filter));
  return readListPage(
    sqliteList(run, {
      table: levelsAt(at),
      columns: COLUMNS,
      read: levelFrom,
      keys: sortKeys(sort, SORTS, SORTS.id),
      positionOf: (level) => [...sort.map(({ field }) => VALUES[field](level)), level.productId],
      within: named.map((filter) => filterCondition(filter, fields)),
      tests: others.map((filter) => filterCondition(filter, fields)),
      sliceBy: named.length > 0 ? null : SORTS.id,
      orderedBy: sort[0] === undefined || sort[0].field === 'id' ? 'slices' : inTurn,
      countAll: filters.length > 0 ? null : () => numberOf(run(sql`SELECT count(*) FROM levels`)),
    }),
    page,
  );
}

function namesProducts({ field, operator }: Filter<LevelFilterField>): boolean {
  return field === 'id' && (operator === 'eq' || operator === 'in');
}
