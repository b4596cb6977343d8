import type { ListPage, ListRequest } from '@anaquel/jsonapi';
import {
  allOf,
  cappedCount,
  conditionOf,
  exactCount,
  MAX_COUNTED,
  readListPage,
  sortKeys,
  sqlPart,
  type FilterField,
  type SqlPart,
} from '@anaquel/runtime';
import type { LevelFilterField, LevelSort } from '../application/ledger.ts';
import { available, type Level } from '../domain/level.ts';
import { LEVEL_COLUMNS, levelFrom } from './sqlite-rows.ts';
import { numberOf, type RunStatement } from './sqlite-statements.ts';

/** Levels as they are once what is due has been released. */
function levelsAt(at: string): SqlPart {
  return sqlPart`(
  SELECT l.product_id, l.location, l.on_hand, l.reserved - coalesce(d.quantity, 0) AS reserved, l.low_stock_threshold,
    l.sequence + coalesce(d.holds, 0) AS sequence, l.version + coalesce(d.holds, 0) AS version,
    coalesce(d.latest, l.updated_at) AS updated_at
  FROM levels l LEFT JOIN (
    SELECT product_id, location, sum(quantity) AS quantity, count(*) AS holds, max(expires_at) AS latest
    FROM holds WHERE expires_at <= ${at} GROUP BY product_id, location
  ) d ON d.product_id = l.product_id AND d.location = l.location)`;
}

const SORTS: Readonly<Record<LevelSort, SqlPart>> = {
  id: sqlPart`product_id`,
  onHand: sqlPart`on_hand`,
  reserved: sqlPart`reserved`,
  available: sqlPart`(on_hand - reserved)`,
  updatedAt: sqlPart`updated_at`,
};

const FIELDS: Readonly<Record<LevelFilterField, FilterField>> = {
  ...SORTS,
  lowStockThreshold: sqlPart`low_stock_threshold`,
  lowStock: sqlPart`coalesce(on_hand - reserved <= low_stock_threshold, 0)`,
};

const VALUES: Readonly<Record<LevelSort, (level: Level) => string | number>> = {
  id: ({ productId }) => productId,
  onHand: ({ onHand }) => onHand,
  reserved: ({ reserved }) => reserved,
  available,
  updatedAt: ({ updatedAt }) => updatedAt,
};

const COLUMNS: SqlPart = { text: LEVEL_COLUMNS, values: [] };

/** Lists of levels. They are as many as products, and those that are not ordered by id are found by a walk through all. */
export function readLevelList(
  run: RunStatement,
  { filters, sort, page }: ListRequest<LevelFilterField, LevelSort>,
  at: string,
): Promise<ListPage<Level>> {
  const conditions = filters.map((filter) => conditionOf(filter, FIELDS));
  const levels = levelsAt(at);
  return readListPage<Level, Level>(
    {
      keys: sortKeys(sort, SORTS, SORTS.id),
      rows({ where, order, limit, offset }) {
        const condition = allOf(where === null ? conditions : [...conditions, where]);
        return run(
          sqlPart`SELECT ${COLUMNS} FROM ${levels} WHERE ${condition} ORDER BY ${order} LIMIT ${limit} OFFSET ${offset}`,
        ).map(levelFrom);
      },
      count() {
        if (filters.length === 0)
          return exactCount(numberOf(run(sqlPart`SELECT count(*) FROM levels`)));
        const found = sqlPart`SELECT 1 FROM ${levels} WHERE ${allOf(conditions)} LIMIT ${MAX_COUNTED + 1}`;
        return cappedCount(numberOf(run(sqlPart`SELECT count(*) FROM (${found})`)));
      },
      toItem: (level) => level,
      positionOf: (level) => [...sort.map(({ field }) => VALUES[field](level)), level.productId],
    },
    page,
  );
}
