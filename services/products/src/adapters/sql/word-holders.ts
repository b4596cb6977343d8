import {
  allOf,
  joinSql,
  MAX_COUNTED,
  sql,
  withParameters,
  type Sql,
  type SqlReads,
} from '@anaquel/runtime/sql';
import { keysOf, lastEndingOf } from '../../domain/search-words.ts';
import { wordConditions } from './word-conditions.ts';

export const MAX_FEW = 1_000;

/**
 * How many holders of each word are read at first, so that a rare word is met before a frequent one
 * has cost much.
 */
const FIRST_LIMIT = 64;

/** By how many products it is estimated how many hold frequent words. */
const SAMPLE = 500;

/**
 * A product that is found by the table of words costs as much as comparing so many products' texts
 * one after the other.
 */
const HOLDER_COST = 8;

/** So many rows of the table of words are read in the time of comparing one product's text. */
const WORDS_A_TEXT = 2;

/** What products are looked for. */
export interface WordSearch {
  /** Each is a part of their texts; folded. */
  readonly words: readonly string[];
  /** The condition of their status. */
  readonly ofStatus: Sql;
  /** All their conditions, those of words and status among them. */
  readonly conditions: Sql;
}

/** The products that hold some words, by the table of words. */
export type WordHolders =
  /** So few, {@link MAX_FEW} at most, that a page is found quickest from them. */
  | { readonly areFew: true; readonly ids: readonly number[] }
  /** A table `holder` with the column `id`. */
  | { readonly areFew: false; readonly table: Sql };

/**
 * Looks words up in the table of words. It only narrows: it may name more products than hold the
 * words, never fewer, so the texts have to be compared too. Undefined when it knows nothing of such
 * words, or when comparing all texts is quicker.
 */
export async function findWordHolders(
  reads: SqlReads,
  search: WordSearch,
): Promise<WordHolders | undefined> {
  const keys = [...new Set(search.words.flatMap(keysOf))].sort(byPromise);
  if (keys.length === 0) return undefined;
  const [row = []] = await reads.rows(catalogueOf(search.ofStatus));
  const [products = 0, isOutOfStep] = row.map(Number);
  if (isOutOfStep === 1) return undefined;
  for (const limit of [FIRST_LIMIT, fewAmong(products)]) {
    for (const key of keys) {
      // A product is met for each of its words that hold the key.
      const rows = await reads.rows(someHolders(key, lastEndingOf(key), limit + 1));
      if (rows.length > limit) continue;
      return { areFew: true, ids: [...new Set(rows.map(([id]) => Number(id)))] };
    }
  }
  const table = await tableOf(reads, { search, keys, products });
  return table && { areFew: false, table };
}

/**
 * How many products there are, and whether some have words that the table lacks. PostgreSQL takes
 * the condition for true of almost all, so it would answer `exists` by reading the whole table: the
 * least id is found in the index of those products, which is usually empty.
 */
const catalogueOf = (ofStatus: Sql) => sql`select sum(products), (
    select min(id) from products where folded_version <> version and deleted_at is null
  ) is not null from product_counts where ${ofStatus}`;

const holdersOf = (key: Sql, last: Sql) => sql`product_id as id from word_endings
  cross join product_words
  where product_words.word = word_endings.word and ending between ${key} and ${last}`;

const someHolders = withParameters<[key: string, last: string, limit: number]>(
  (key, last, limit) => sql`select ${holdersOf(key, last)} limit ${limit}`,
);

/**
 * The holders of the rarest key, or of several rare ones, if going through them until the list is
 * counted takes less than comparing all texts until then.
 */
async function tableOf(
  reads: SqlReads,
  { search, keys, products }: { search: WordSearch; keys: readonly string[]; products: number },
): Promise<Sql | undefined> {
  // Comparing so few is quick.
  if (products <= 2 * SAMPLE) return undefined;
  const [row = []] = await reads.rows(sampleOf(search, keys));
  const [matching = 0, ...holding] = row.map((count) => (Number(count) / SAMPLE) * products);
  const byRarity = keys
    .map((key, index) => ({ key, holders: Math.max(holding[index] ?? 0, FIRST_LIMIT) }))
    .sort((a, b) => a.holders - b.holders);
  const [rarest] = byRarity;
  if (rarest === undefined) return undefined;
  // What is counted of all that match.
  const part = Math.min(1, (MAX_COUNTED + 1) / matching);
  const costOfOne = rarest.holders * part * HOLDER_COST;
  const rare = byRarity.filter(({ holders }) => holders <= 4 * rarest.holders);
  const rareRows = rare.reduce((sum, { holders }) => sum + holders, 0);
  const costOfRare = rareRows / WORDS_A_TEXT + matching * part * HOLDER_COST;
  if (Math.min(costOfOne, costOfRare) >= products * part) return undefined;
  return allHolders(costOfOne <= costOfRare ? [rarest] : rare);
}

/** How many of a sample match, and how many hold each key. */
function sampleOf({ ofStatus, conditions }: WordSearch, keys: readonly string[]): Sql {
  const counts = [conditions, ...wordConditions(sql`search_text`, keys)].map(
    (condition) => sql`count(*) filter (where ${condition})`,
  );
  const sample = sql`select * from products
    where ${allOf([sql`deleted_at is null`, ofStatus])} order by id limit ${SAMPLE}`;
  return sql`select ${joinSql(counts, ', ')} from (${sample}) as products`;
}

function allHolders([first, ...others]: readonly { readonly key: string }[]): Sql {
  const holding = (key = '') => holdersOf(sql`${key}`, sql`${lastEndingOf(key)}`);
  const also = others.map(({ key }) => sql`product_id in (select ${holding(key)})`);
  return sql`(select distinct ${allOf([holding(first?.key), ...also])}) as holder`;
}

/**
 * Sorting h holders takes time like h, and a walk through n products meets a page of them after
 * about 20 n / h, at a tenth of the price each: up to here sorting is quicker.
 */
function fewAmong(products: number): number {
  return Math.min(MAX_FEW, Math.floor(Math.sqrt(2 * products)));
}

/** Words with a digit are parts of an SKU or a model more often than not, so rare. */
function byPromise(a: string, b: string): number {
  return Number(/\d/.test(b)) - Number(/\d/.test(a)) || b.length - a.length;
}
