import { column, flag, rowCodec } from '@anaquel/runtime/sql';

/** What a product's row says of its search text. */
export interface StoredText {
  readonly searchText: string;
  /** Whether the table of words has exactly the words of that text. */
  readonly isInStep: boolean;
}

export const STORED_TEXT = rowCodec<StoredText>({
  searchText: column('search_text'),
  isInStep: flag('folded_version = version'),
});
