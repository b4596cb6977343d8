import type { SqlPart } from '@anaquel/runtime/sql';

export const MAX_FEW = 1_000;

/** What an index knows of the products that hold some words. */
export interface Holders {
  /** For {@link WordIndex.holders}. */
  readonly query: string;
  /**
   * So few, {@link MAX_FEW} at most, that finding all of them first is the quickest way to a page.
   */
  readonly areFew: boolean;
}

/**
 * What a database knows of words in products without looking at each. It only narrows: whoever asks
 * compares the texts too, so it may name more products than hold the words, never fewer.
 */
export interface WordIndex {
  /** Undefined when it knows nothing of such words, or nothing that helps. */
  lookUp(words: readonly string[]): Promise<Holders | undefined>;
  /** The products that {@link lookUp} spoke of: a table `holder` with the column `id`. */
  holders(query: string): SqlPart;
}
