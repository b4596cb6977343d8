import {
  select,
  sql,
  withParameters,
  type Query,
  type SqliteConnection,
} from '@anaquel/runtime/sql';
import { endingsOf, wordsOf } from '../../domain/search-words.ts';
import { STORED_TEXT, type StoredText } from '../sql/stored-text.ts';

const storedTextQuery = withParameters<[id: number], Query<StoredText>>(
  (id) => select(STORED_TEXT)`from products where id = ${id}`,
);

/** What there is of a product's words, before its row is written. */
export function findStoredText(connection: SqliteConnection, id: number): StoredText | undefined {
  return connection.first(storedTextQuery(id));
}

/**
 * Brings the table of words in step with a change of a product's text, inside its transaction.
 * `stored` is what its row said before; a deleted product has no text.
 */
export function saveWords(
  connection: SqliteConnection,
  id: number,
  stored: StoredText | undefined,
  searchText: string | null,
): void {
  if (stored?.isInStep === true && stored.searchText === searchText) return;
  const before = wordsOf(stored?.searchText ?? '');
  const after = wordsOf(searchText ?? '');
  const added = stored?.isInStep === true ? after.difference(before) : after;
  if (added.size > 0) addWords(connection, id, [...added]);
  const removed = before.difference(after);
  if (removed.size > 0) removeWords(connection, id, [...removed]);
}

function addWords(connection: SqliteConnection, id: number, words: readonly string[]): void {
  const newcomers = withoutProducts(connection, words);
  if (newcomers.length > 0) connection.run(addEndings(endingRows(newcomers)));
  connection.run(addProduct(id, JSON.stringify(words)));
}

function removeWords(connection: SqliteConnection, id: number, words: readonly string[]): void {
  connection.run(removeProduct(id, JSON.stringify(words)));
  const leavers = withoutProducts(connection, words);
  if (leavers.length > 0) connection.run(removeEndings(endingRows(leavers)));
}

/** Those of some words that no product has: the table of endings has none of these. */
function withoutProducts(connection: SqliteConnection, words: readonly string[]): string[] {
  return connection.rows(unknownWords(JSON.stringify(words))).map(([word]) => String(word));
}

function endingRows(words: readonly string[]): string {
  return JSON.stringify(words.flatMap((word) => endingsOf(word).map((ending) => [ending, word])));
}

const unknownWords = withParameters<[words: string]>(
  (words) => sql`select value from json_each(${words})
    where not exists (select 1 from product_words where word = value)`,
);
const addEndings = withParameters<[rows: string]>(
  (rows) => sql`insert into word_endings (ending, word)
    select value ->> 0, value ->> 1 from json_each(${rows}) where 1 = 1 on conflict do nothing`,
);
const addProduct = withParameters<[id: number, words: string]>(
  (id, words) => sql`insert into product_words (word, product_id)
    select value, ${id} from json_each(${words}) where 1 = 1 on conflict do nothing`,
);
const removeProduct = withParameters<[id: number, words: string]>(
  (id, words) => sql`delete from product_words
    where word in (select value from json_each(${words})) and product_id = ${id}`,
);
const removeEndings = withParameters<[rows: string]>(
  (rows) => sql`delete from word_endings
    where (ending, word) in (select value ->> 0, value ->> 1 from json_each(${rows}))`,
);
