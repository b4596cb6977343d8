import type { Filter, FilterOperator, FilterValue, ListRequest, Sort } from '@anaquel/jsonapi';

/** A request for a numbered page, with defaults for everything that a test does not set. */
export function listOf<F extends Filter, S extends string>(
  list: {
    filters?: readonly F[];
    sort?: readonly Sort<S>[];
    number?: number;
    size?: number;
  } = {},
): ListRequest<F, S> {
  const { filters = [], sort = [], number = 1, size = 100 } = list;
  return { filters, sort, page: { style: 'number', number, size } };
}

export function where<
  const Field extends string,
  const Operator extends FilterOperator,
  const Value extends FilterValue,
>(field: Field, operator: Operator, value: Value): Filter<Field, Operator, Value> {
  return { field, operator, value };
}

export function by<S extends string>(field: S, descending = false): Sort<S> {
  return { field, descending };
}
