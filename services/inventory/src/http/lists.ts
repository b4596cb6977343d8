import type { FilterKind, ListDeclaration } from '@anaquel/jsonapi';

/** The most ids that a list is filtered by. */
export const MAX_IDS = 100;

/** What a list may be asked for: the fields that the ledger's reader knows. */
export function declareList<Field extends string, Sort extends string>(declaration: {
  readonly filters: Record<Field, FilterKind>;
  readonly sorts: readonly Sort[];
  readonly defaultSort: readonly { readonly field: Sort; readonly descending: boolean }[];
}): ListDeclaration {
  return declaration;
}
