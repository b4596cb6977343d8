import { sqlPart } from '@anaquel/runtime/sql';
import { sql, type Kysely } from 'kysely';
import type { ProductsDatabase } from './sql-schema.ts';
import { MAX_FEW } from './word-index.ts';
import type { Holders, WordIndex } from './word-index.ts';

/** The index is one of trigrams: shorter words are not in it. */
const MIN_CHARACTERS = 3;

/**
 * How far to count the products of each word at first, so that a rare word is found before a
 * frequent one has cost much.
 */
const FIRST_LOOK = 64;

/**
 * From one holder among this many products, going through them in the index is quicker than
 * comparing all texts.
 */
const WORTHWHILE_DISTANCE = 4;

/** Words by the table `product_search`, an FTS5 index of trigrams. */
export function createSqliteWordIndex(db: Kysely<ProductsDatabase>): WordIndex {
  const look = sql<{ found: number; last: number | null; all: number }>`
    select count(*) as found, max(id) as last, (select sum(products) from product_counts) as "all"
    from (select rowid as id from product_search where product_search match ${''} limit ${0})`.compile(
    db,
  );

  async function firstOf(query: string, limit: number) {
    const filled: typeof look = { ...look, parameters: [query, limit + 1] };
    const { rows } = await db.executeQuery(filled);
    const { found = 0, last = 0, all = 0 } = rows[0] ?? {};
    return { areAll: found <= limit, distance: Number(last) / Math.max(found, 1), all };
  }

  async function lookUp(words: readonly string[]): Promise<Holders | undefined> {
    const queries = words.filter(isIndexed).sort(byPromise).map(quoted);
    let distance = 0;
    let limit = FIRST_LOOK;
    for (const isLast of [false, true]) {
      let products = 0;
      for (const query of queries) {
        const first = await firstOf(query, limit);
        if (first.areAll) return { query, areFew: true };
        distance = Math.max(distance, first.distance);
        products = first.all;
      }
      if (isLast || fewAmong(products) <= limit) break;
      limit = fewAmong(products);
    }
    if (distance < WORTHWHILE_DISTANCE) return undefined;
    return { query: queries.join(' AND '), areFew: false };
  }

  return {
    lookUp,
    holders: (query) =>
      sqlPart`(select rowid as id from product_search where product_search match ${query}) as holder`,
  };
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
