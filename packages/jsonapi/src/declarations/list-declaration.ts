import type { FilterKind } from './filters.ts';
import type { Sort } from './list-request.ts';

/** What a list may be asked for. */
export interface ListDeclaration {
  /** By field. */
  readonly filters: Readonly<Record<string, FilterKind>>;
  /** The fields that it may be sorted by. */
  readonly sorts: readonly string[];
  /** Its order when the client doesn't care. */
  readonly defaultSort: readonly Sort[];
}

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;
export const MAX_PAGE_NUMBER = 1_000_000_000;
