import {
  rowCodec,
  column,
  select,
  sql,
  type Sql,
  type SqliteConnection,
} from '@anaquel/runtime/sql';

export const MAX_FEW = 1_000;

/** The index is one of trigrams: shorter words are not in it. */
const MIN_CHARACTERS = 3;

/**
 * How many products of each word are counted at first, so that a rare word is met before a frequent
 * one has cost much.
 */
const FIRST_LIMIT = 64;

/**
 * From one holder among this many products, going through them in the index is quicker than
 * comparing all texts.
 */
const WORTHWHILE_DISTANCE = 4;

/** The products that hold some words, by the index. */
export interface WordHolders {
  /** A table `holder` with the column `id`. */
  readonly table: Sql;
  /** Whether they are so few, {@link MAX_FEW} at most, that a page is found quickest from them. */
  readonly areFew: boolean;
}

interface HolderCount {
  /** How many products hold the words; it stops at a limit. */
  readonly holders: number;
  /** The highest id among them. */
  readonly lastId: number | null;
  readonly products: number | null;
}

const HOLDER_COUNT = rowCodec<HolderCount>({
  holders: column('count(*)'),
  lastId: column('max(id)'),
  products: column('(select sum(products) from product_counts)'),
});

/**
 * Looks words up in `product_search`, an FTS5 index of trigrams. The index only narrows: it may
 * name more products than hold the words, never fewer, so the texts have to be compared too.
 * Undefined when it knows nothing of such words, or nothing that helps.
 */
export function findWordHolders(
  reads: SqliteConnection,
  words: readonly string[],
): WordHolders | undefined {
  const phrases = words.filter(isIndexed).sort(byPromise).map(quoted);
  let distance = 0;
  let limit = FIRST_LIMIT;
  for (const isLast of [false, true]) {
    let fewest = limit;
    for (const phrase of phrases) {
      const { holders, lastId, products } = countHolders(reads, phrase, limit + 1);
      if (holders <= limit) return { table: holdersOf(phrase), areFew: true };
      distance = Math.max(distance, Number(lastId) / holders);
      fewest = fewAmong(Number(products));
    }
    if (isLast || fewest <= limit) break;
    limit = fewest;
  }
  if (distance < WORTHWHILE_DISTANCE) return undefined;
  return { table: holdersOf(phrases.join(' AND ')), areFew: false };
}

function countHolders(reads: SqliteConnection, phrase: string, limit: number): HolderCount {
  const query = select(HOLDER_COUNT)`from (select rowid as id from product_search
    where product_search match ${phrase} limit ${limit})`;
  const count = reads.first(query);
  return count ?? { holders: 0, lastId: null, products: null };
}

function holdersOf(query: string): Sql {
  return sql`(select rowid as id from product_search where product_search match ${query}) as holder`;
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

function isIndexed(word: string): boolean {
  return Array.from(word).length >= MIN_CHARACTERS;
}

/** https://sqlite.org/fts5.html#fts5_strings */
function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}
