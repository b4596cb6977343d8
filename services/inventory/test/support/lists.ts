import type { Filter, ListRequest, Sort } from '@anaquel/jsonapi';

/** A request for a numbered page, with everything a test does not care about filled in. */
export function listOf<F extends string, S extends string>(
  asked: {
    filters?: readonly Filter<F>[];
    sort?: readonly Sort<S>[];
    number?: number;
    size?: number;
  } = {},
): ListRequest<F, S> {
  const { filters = [], sort = [], number = 1, size = 100 } = asked;
  return { filters, sort, page: { style: 'number', number, size } };
}

export function where<F extends string>(
  field: F,
  operator: Filter['operator'],
  value: Filter['value'],
): Filter<F> {
  return { field, operator, value };
}

export function by<S extends string>(field: S, descending = false): Sort<S> {
  return { field, descending };
}
