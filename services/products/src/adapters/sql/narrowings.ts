import { allOf, joinSql, MAX_COUNTED, sql, type Sql } from '@anaquel/runtime/sql';
import type { ProductFilter, ProductFilterField } from '../../application/product-store.ts';
import { certainParts } from '../../domain/search-text.ts';
import { keysOf, lastEndingOf } from '../../domain/search-words.ts';
import { FILTER_INDEXES, type ConditionOf } from './product-fields.ts';
import type { NarrowedIds, ProductSql } from './product-sql.ts';
import { wordConditions } from './word-conditions.ts';

/** Up to so many products are all read and put in order. */
export const MAX_FEW = MAX_COUNTED;

/** An index that leads to all products of a list, and to others. */
export interface Narrowing {
  /** Their ids, each at least once. */
  readonly ids: NarrowedIds;
  /** Whether it leads to them by the table of words. */
  readonly isByWords: boolean;
  /** What is known of each of them. */
  readonly condition: Sql;
  /** Whether it leads to products of the list's one status alone. */
  readonly isWithinStatus: boolean;
  /** Whether it leads to nothing but the products of the list. */
  readonly isExact: boolean;
}

export interface MeasurableNarrowing extends Narrowing {
  /** A query of how many entries it has, up to one more than {@link MAX_FEW}. */
  readonly size: Sql;
}

interface Conditions {
  readonly filters: readonly ProductFilter[];
  /** Each must occur; folded. */
  readonly words: readonly string[];
}

export function narrowingsOf(
  list: Conditions,
  dialect: ProductSql,
  conditionOf: ConditionOf,
): MeasurableNarrowing[] {
  const fields = new Set(list.filters.map(({ field }) => field));
  // The table of words knows names, SKUs and tags too, so filters by these narrow as words do.
  const parts = [...list.words, ...list.filters.flatMap(wordsIn)];
  return [
    ...[...fields].flatMap((field) => byFilters(field, list, conditionOf)),
    ...[...new Set(parts.flatMap(keysOf))].map((key) => byWords(key, dialect)),
  ];
}

/**
 * Words that begin with a key stand one behind the other in the table of words, with their
 * products: these come first. Of words that have it further inside, the products are looked for
 * word by word.
 */
function byWords(key: string, { holdersOf }: ProductSql): MeasurableNarrowing {
  const last = lastEndingOf(key);
  const begins = sql`word between ${key} and ${last}`;
  const holds = sql`ending between ${key} and ${last}`;
  // In their order, or PostgreSQL would find all of them before it gives the first.
  const beginnings = sql`select product_id as found from product_words where ${begins} order by word`;
  const inside = sql`select word as found from word_endings
    where ${holds} and not (${begins}) order by ending`;
  const ids = (limit?: number) =>
    limited(
      sql`select found from (${limited(beginnings, limit)}) as beginnings
        union all ${holdersOf(limited(inside, limit))}`,
      limit,
    );
  // Words count as entries: on PostgreSQL there may be some that no product has any more.
  const words = (limit?: number) =>
    limited(sql`select word from word_endings where ${holds} order by ending`, limit);
  return {
    ids,
    size: sql`select max(size) from (${sizeOf(ids)} union all ${sizeOf(words)}) as sizes`,
    isByWords: true,
    condition: allOf(wordConditions(sql`search_text`, [key])),
    isWithinStatus: false,
    isExact: false,
  };
}

function byFilters(
  field: ProductFilterField,
  { filters, words }: Conditions,
  conditionOf: ConditionOf,
): MeasurableNarrowing[] {
  const index = FILTER_INDEXES[field];
  const own = filters.filter(
    (filter) => filter.field === field && isRange(filter) && !isOneStatus(filter),
  );
  if (index === undefined || own.length === 0) return [];
  const statuses = index.isWithinStatus ? filters.filter(isOneStatus) : [];
  const condition = allOf([...statuses, ...own].map(conditionOf));
  const all = sql`select id as found from products
    where deleted_at is null and ${condition} order by ${index.order}`;
  const ids = (limit?: number) => limited(all, limit);
  return [
    {
      ids,
      size: sizeOf(ids),
      isByWords: false,
      condition,
      isWithinStatus: index.isWithinStatus,
      isExact: words.length === 0 && statuses.length + own.length === filters.length,
    },
  ];
}

/** The products of a status. */
export function byStatus(condition: Sql): Narrowing {
  const ids = sql`select id as found from products where deleted_at is null and ${condition} order by id`;
  return {
    ids: (limit) => limited(ids, limit),
    isByWords: false,
    condition,
    isWithinStatus: true,
    isExact: false,
  };
}

/**
 * The products that several lead to. Each is read once: of a condition on another, SQLite would
 * make a search for each entry.
 */
export function together(narrowings: readonly Narrowing[]): Narrowing {
  const queries = narrowings.map(({ ids }) => sql`select found from (${ids()}) as narrowed`);
  const all = joinSql(queries, ' intersect ');
  return {
    ids: (limit) => limited(all, limit),
    isByWords: false,
    condition: allOf(narrowings.map(({ condition }) => condition)),
    isWithinStatus: narrowings.some(({ isWithinStatus }) => isWithinStatus),
    isExact: false,
  };
}

function sizeOf(entries: NarrowedIds): Sql {
  return sql`select count(*) as size from (${entries(MAX_FEW + 1)}) as entries`;
}

function limited(query: Sql, limit: number | undefined): Sql {
  return limit === undefined ? query : sql`${query} limit ${limit}`;
}

export function isOneStatus({ field, operator }: ProductFilter): boolean {
  return field === 'status' && operator === 'eq';
}

const RANGES: ReadonlySet<string> = new Set(['eq', 'in', 'lt', 'lte', 'gt', 'gte']);

function isRange({ operator, value }: ProductFilter): boolean {
  return RANGES.has(operator) || (operator === 'null' && value);
}

const TEXTS: ReadonlySet<ProductFilterField> = new Set(['name', 'sku', 'tags']);

function wordsIn({ field, operator, value }: ProductFilter): string[] {
  const isPart = operator === 'eq' || operator === 'contains' || operator === 'startsWith';
  return isPart && TEXTS.has(field) && typeof value === 'string' ? certainParts(value) : [];
}
