import type { FilterKind } from './filters.ts';
import type { FieldFilter, Filter, FilterValue, ListRequest, Sort } from './list-request.ts';

export type FilterKinds = Readonly<Record<string, FilterKind>>;

/** The queries that a list takes. */
export interface ListDeclaration<
  Kinds extends FilterKinds = FilterKinds,
  SortField extends string = string,
> {
  /** By field. */
  readonly filters: Kinds;
  /** The fields that it may be sorted by. */
  readonly sorts: readonly SortField[];
  /** Its order when the client names none. */
  readonly defaultSort: readonly Sort<NoInfer<SortField>>[];
}

/** A list whose requests have the types of its filters and sorts. */
export function declareList<Kinds extends FilterKinds, const SortField extends string>(
  declaration: ListDeclaration<Kinds, SortField>,
): ListDeclaration<Kinds, SortField> {
  return declaration;
}

/** The request for a declared list: filters of its fields, each with values of its kind. */
export type DeclaredRequest<Kinds extends FilterKinds, SortField extends string> = ListRequest<
  // A list without declared fields may have any filter.
  string extends keyof Kinds ? Filter : DeclaredFilter<Kinds>,
  SortField
>;

type DeclaredFilter<Kinds extends FilterKinds> = {
  [Field in keyof Kinds & string]: Kinds[Field] extends FilterKind<infer Value, infer Operator>
    ? FieldFilter<Field, Value, Operator>
    : never;
}[keyof Kinds & string];

/** The kinds of filter for the values that a store takes; see `FilterOf`. */
export type KindsFor<Values extends { readonly [Field in keyof Values]: FilterValue }> = {
  readonly [Field in keyof Values]: FilterKind<Values[Field]>;
};

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;
export const MAX_PAGE_NUMBER = 1_000_000_000;
