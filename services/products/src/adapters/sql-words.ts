import { sqlPart, type SqlPart } from '@anaquel/runtime/sql';

/** That a folded text holds each of some folded words. */
export function holdsWords(text: SqlPart, words: readonly string[]): SqlPart[] {
  return words.map((word) => sqlPart`${text} like ${`%${escapeLike(word)}%`} escape '\\'`);
}

function escapeLike(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&');
}
