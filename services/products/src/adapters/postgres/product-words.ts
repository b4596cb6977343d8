import { sql, type Sql } from '@anaquel/runtime/sql';
import { endingsOf, wordsOf } from '../../domain/search-words.ts';
import type { StoredText } from '../sql/stored-text.ts';
import { LATEST_ID } from './latest-id.ts';

/** A change of one product's search text. */
export interface TextChange {
  /** Null for the product that gets the latest id. */
  readonly id: number | null;
  /** What its row said before; undefined when it had none. */
  readonly before: StoredText | undefined;
  /** Null when it is deleted. */
  readonly after: string | null;
}

interface HeldWord {
  readonly word: string;
  readonly id: TextChange['id'];
}

/**
 * Brings the table of words in step with changes of texts. Endings of words that no product has any
 * more stay: another transaction may be about to use them, and they lead to nothing.
 */
export function wordChanges(changes: readonly TextChange[]): Sql[] {
  const added: HeldWord[] = [];
  const removed: HeldWord[] = [];
  for (const { id, before, after } of changes) {
    if (before?.isInStep === true && before.searchText === after) continue;
    const old = wordsOf(before?.searchText ?? '');
    const now = wordsOf(after ?? '');
    const isKnown = before?.isInStep === true;
    for (const word of isKnown ? now.difference(old) : now) added.push({ word, id });
    for (const word of old.difference(now)) removed.push({ word, id });
  }
  return [
    ...(removed.length > 0 ? [remove(removed)] : []),
    ...(added.length > 0
      ? [addEndings([...new Set(added.map(({ word }) => word))]), add(added)]
      : []),
  ];
}

function addEndings(words: readonly string[]): Sql {
  const rows = words.flatMap((word) => endingsOf(word).map((ending) => ({ ending, word })));
  return sql`insert into word_endings (ending, word)
    select ending, word from json_to_recordset(cast(${JSON.stringify(rows)} as json))
      as new_ending (ending text, word text)
    order by ending collate "C", word collate "C" on conflict do nothing`;
}

function add(rows: readonly HeldWord[]): Sql {
  return sql`insert into product_words (word, product_id)
    select word, coalesce(id, ${LATEST_ID}) from json_to_recordset(cast(${JSON.stringify(rows)} as json))
      as held (word text, id bigint)
    order by word collate "C", id on conflict do nothing`;
}

function remove(rows: readonly HeldWord[]): Sql {
  return sql`delete from product_words where (word, product_id) in (
    select word, id from json_to_recordset(cast(${JSON.stringify(rows)} as json))
      as held (word text, id bigint))`;
}
