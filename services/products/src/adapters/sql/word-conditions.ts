import { sql, type Sql } from '@anaquel/runtime/sql';

/** That a folded text holds each of some folded words. */
export function wordConditions(text: Sql, words: readonly string[]): Sql[] {
  return words.map((word) => sql`${text} like ${`%${escapeLike(word)}%`} escape '\\'`);
}

function escapeLike(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&');
}
