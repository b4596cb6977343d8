/**
 * Requests for lists and their pages, between the routes that read queries and the stores that have
 * the rows. Plain data: a store needs nothing of HTTP, and a route nothing of SQL.
 */

/**
 * How a value is compared. `ne` is the exact opposite of `eq`, so a row without a value matches it;
 * no other operator but `null` matches such a row. `contains` and `startsWith` compare characters
 * exactly; `contains` on a list of texts asks for exactly this element.
 */
export type FilterOperator =
  | 'eq'
  | 'ne'
  | 'lt'
  | 'lte'
  | 'gt'
  | 'gte'
  | 'in'
  | 'contains'
  | 'startsWith'
  | 'null';

export type Scalar = string | number | boolean;

/** A value that a field is compared with. */
export type FilterValue = Scalar | readonly Scalar[];

/** One condition on a list; all of a request's hold together. */
export interface Filter<
  Field extends string = string,
  Operator extends FilterOperator = FilterOperator,
  Value extends FilterValue = FilterValue,
> {
  readonly field: Field;
  readonly operator: Operator;
  /**
   * `in` has a list, `null` a boolean (true: is null), all others one value of the field's kind.
   * Timestamps are ISO strings as stored: UTC, with milliseconds. Texts are ordered by their code
   * points.
   */
  readonly value: Value;
}

/** The filters on one field whose values are of one type. */
export type FieldFilter<
  Field extends string,
  Value extends FilterValue,
  Operator extends FilterOperator = FilterOperator,
> =
  | FilterBy<Field, Exclude<Operator, 'in' | 'null'>, Value>
  | FilterBy<Field, Extract<Operator, 'in'>, readonly Extract<Value, Scalar>[]>
  | FilterBy<Field, Extract<Operator, 'null'>, boolean>;

/** No filter where the field has none of these operators. */
type FilterBy<Field extends string, Operator extends FilterOperator, Value extends FilterValue> = [
  Operator,
] extends [never]
  ? never
  : Filter<Field, Operator, Value>;

/**
 * The filters that a store takes, given the type of the values of each field: `{ total: number }`.
 */
export type FilterOf<Values extends { readonly [Field in keyof Values]: FilterValue }> = {
  [Field in keyof Values & string]: FieldFilter<Field, Values[Field]>;
}[keyof Values & string];

export interface Sort<Field extends string = string> {
  readonly field: Field;
  readonly descending: boolean;
}

/**
 * Where a row stands in an order: one value for each sort field, then one for its id. Only the
 * store that gave it knows what the values are, and it takes them back with the same sort.
 */
export type RowPosition = readonly (string | number | null)[];

export type PageRequest =
  /** `number` counts from 1. */
  | { readonly style: 'number'; readonly number: number; readonly size: number }
  /**
   * The rows after one position, or the last ones before another; at most one of the two is set.
   * Without both, the first rows.
   */
  | {
      readonly style: 'cursor';
      readonly size: number;
      readonly after: RowPosition | null;
      readonly before: RowPosition | null;
    };

export interface ListRequest<AnyFilter extends Filter = Filter, SortField extends string = string> {
  readonly filters: readonly AnyFilter[];
  /**
   * Most significant first. What is equal is settled by the id, in the direction of the last field;
   * ascending when there is none.
   */
  readonly sort: readonly Sort<SortField>[];
  readonly page: PageRequest;
}

export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** In cursor style: where each item stands, the cursor that leads on from it. */
  readonly positions?: readonly RowPosition[];
  /** Of the whole list, all pages together; no more than were counted. */
  readonly total: number;
  /** Whether there are more than `total`. */
  readonly totalIsCapped: boolean;
  /** Whether there are rows before and after these. */
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}
