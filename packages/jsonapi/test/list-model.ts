import fc from 'fast-check';
import { expect } from 'vitest';
import type {
  Filter,
  FilterOperator,
  FilterValue,
  ListPage,
  ListRequest,
  PageRequest,
  RowPosition,
  Scalar,
  Sort,
} from '../src/declarations/list-request.ts';

/**
 * The expected answer of a list, computed on arrays: all rows are filtered, sorted and cut. Tests
 * compare stores with it by random requests.
 */
export interface ListModel<Row, F extends Filter, SortField extends string> {
  readonly fields: Readonly<Record<F['field'], ModelField<Row>>>;
  /** The value that each sort compares. */
  readonly sorts: Readonly<Record<SortField, (row: Row) => string | number>>;
  readonly idOf: (row: Row) => string | number;
  /** Whether the total is exact under these filters, however many rows there are. */
  readonly isExact: (filters: readonly F[]) => boolean;
}

export interface ModelField<Row> {
  readonly kind: keyof typeof OPERATORS;
  readonly of: (row: Row) => ModelValue;
  readonly nullable?: boolean;
  /** Values for filters, beside those of the rows. */
  readonly near?: readonly Scalar[];
  /** Whether a row passes a filter with one of these values, where that is no comparison. */
  readonly matches?: (row: Row, value: Scalar) => boolean;
}

type ModelValue = Scalar | null | readonly string[];

const OPERATORS = {
  id: ['eq', 'ne', 'in'],
  number: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in'],
  text: ['eq', 'ne', 'in', 'contains', 'startsWith'],
  enum: ['eq', 'ne', 'in'],
  time: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'],
  boolean: ['eq'],
  list: ['contains'],
  reference: ['eq'],
  one: ['eq'],
  oneOf: ['in'],
} as const satisfies Record<string, readonly FilterOperator[]>;

const MAX_COUNTED = 1_000;

export interface RandomList<F extends Filter, SortField extends string> {
  readonly filters: readonly F[];
  readonly sort: readonly Sort<SortField>[];
}

// ---------------------------------------------------------------- requests

/** Filters with values near those of the rows, and any order. */
export function randomLists<Row, F extends Filter, S extends string>(
  model: ListModel<Row, F, S>,
  rows: readonly Row[],
): fc.Arbitrary<RandomList<F, S>> {
  const names = (Object.keys(model.fields) as F['field'][]).filter(
    (name) => valuesOf(model.fields[name], rows).length > 0,
  );
  const sortable = Object.keys(model.sorts) as S[];
  const sorts = fc
    .shuffledSubarray(sortable, { maxLength: Math.min(3, sortable.length) })
    .chain((fields) =>
      fc.tuple(
        ...fields.map((field) =>
          fc.record({ field: fc.constant(field), descending: fc.boolean() }),
        ),
      ),
    );
  const filter = fc
    .constantFrom(...names)
    .chain((name) => randomFilter(name, model.fields[name], rows));
  return fc.record({ filters: fc.array(filter, { maxLength: 3 }), sort: sorts });
}

function randomFilter<Row, F extends Filter>(
  name: F['field'],
  field: ModelField<Row>,
  rows: readonly Row[],
): fc.Arbitrary<F> {
  const values = valuesOf(field, rows);
  const operators: FilterOperator[] = [
    ...OPERATORS[field.kind],
    ...(field.nullable ? ['null' as const] : []),
  ];
  const value = fc.constantFrom(...values);
  const part = fc
    .tuple(value, fc.nat(), fc.nat())
    .map(([whole, from, length]) => partOf(String(whole), from, length));
  return fc.constantFrom(...operators).chain((operator): fc.Arbitrary<F> => {
    const filterValue: fc.Arbitrary<Filter['value']> =
      operator === 'null'
        ? fc.boolean()
        : operator === 'in'
          ? fc.array(value, { minLength: 1, maxLength: 5 })
          : operator === 'startsWith' || (operator === 'contains' && field.kind === 'text')
            ? part
            : value;
    return filterValue.map((chosen) => filterOf<F>(name, operator, chosen));
  });
}

/** The values come from the model's rows, so they have the field's type. */
function filterOf<F extends Filter>(
  field: F['field'],
  operator: FilterOperator,
  value: FilterValue,
): F {
  return { field, operator, value } as F;
}

function valuesOf<Row>({ of, near = [] }: ModelField<Row>, rows: readonly Row[]): Scalar[] {
  const values = rows.flatMap((row) => of(row) ?? []);
  return [...new Set([...values, ...near])];
}

/** A few characters of a text, from a random start. */
function partOf(text: string, from: number, length: number): string {
  const characters = Array.from(text);
  const start = from % Math.max(characters.length, 1);
  return characters.slice(start, start + 1 + (length % 6)).join('') || 'a';
}

// ---------------------------------------------------------------- answers

export function matches<Row, F extends Filter>(
  fields: Readonly<Record<F['field'], ModelField<Row>>>,
  filters: readonly F[],
  row: Row,
): boolean {
  return filters.every((filter) => {
    const name: F['field'] = filter.field;
    const field: ModelField<Row> = fields[name];
    const { matches: matchesValue } = field;
    if (matchesValue) return [filter.value].flat().some((value) => matchesValue(row, value));
    return passes(field.of(row), filter);
  });
}

function passes(actual: ModelValue, { operator, value }: Filter): boolean {
  if (operator === 'null') return (actual === null) === value;
  if (operator === 'ne') return actual === null || compare(actual, value) !== 0;
  if (actual === null) return false;
  if (operator === 'in')
    return (value as readonly Scalar[]).some((one) => compare(actual, one) === 0);
  if (operator === 'contains') return (actual as string).includes(value as string);
  if (operator === 'startsWith') return (actual as string).startsWith(value as string);
  const order = compare(actual, value);
  if (operator === 'eq') return order === 0;
  if (operator === 'lt') return order < 0;
  if (operator === 'lte') return order <= 0;
  if (operator === 'gt') return order > 0;
  return order >= 0;
}

/** Numbers by their decimal text, texts by code points. */
export function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return a - b;
    const difference = scaled(a) - scaled(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  // Code units and code points differ in order only with surrogates.
  if (!/[\ud800-\udfff]/.test(`${String(a)}${String(b)}`)) return String(a) < String(b) ? -1 : 1;
  const [left, right] = [Array.from(String(a)), Array.from(String(b))];
  for (const [index, character] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const difference = (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const PLACES = 340;

function scaled(number: number): bigint {
  const [mantissa = '', exponent = '0'] = String(number).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return BigInt(whole + fraction) * 10n ** BigInt(PLACES + Number(exponent) - fraction.length);
}

export function comparator<Row, F extends Filter, S extends string>(
  { sorts, idOf }: ListModel<Row, F, S>,
  sort: readonly Sort<S>[],
): (a: Row, b: Row) => number {
  const last = sort.at(-1)?.descending ?? false;
  return (a, b) => {
    for (const { field, descending } of sort) {
      const order = compare(sorts[field](a), sorts[field](b));
      if (order !== 0) return descending ? -order : order;
    }
    const order = compare(idOf(a), idOf(b));
    return last ? -order : order;
  };
}

/** All rows of a list, in its order. */
export function listed<Row, F extends Filter, S extends string>(
  model: ListModel<Row, F, S>,
  rows: readonly Row[],
  { filters, sort }: RandomList<F, S>,
): Row[] {
  return rows.filter((row) => matches(model.fields, filters, row)).sort(comparator(model, sort));
}

// ---------------------------------------------------------------- the comparison

export interface Comparison<Row, F extends Filter, S extends string> {
  readonly model: ListModel<Row, F, S>;
  readonly rows: readonly Row[];
  readonly read: (request: ListRequest<F, S>) => Promise<ListPage<Row>>;
}

/**
 * Reads a list by pages and by cursors in both directions, then by random jumps, and compares each
 * page with the model. `jumps` are any numbers; each leads to two pages.
 */
export async function expectLikeModel<Row, F extends Filter, S extends string>(
  { model, rows, read }: Comparison<Row, F, S>,
  list: RandomList<F, S>,
  { size, jumps }: { size: number; jumps: readonly number[] },
): Promise<void> {
  const all = listed(model, rows, list);
  const totalIsCapped = !model.isExact(list.filters) && all.length > MAX_COUNTED;
  const total = totalIsCapped ? MAX_COUNTED : all.length;

  async function expectPage(
    page: PageRequest,
    from: number,
    to: number,
  ): Promise<readonly RowPosition[]> {
    const { positions, ...answer } = await read({ ...list, page });
    expect(answer).toEqual({
      items: all.slice(from, to),
      total,
      totalIsCapped,
      hasPrevious: from > 0 && all.length > 0,
      hasNext: to < all.length,
    });
    expect(positions?.length).toBe(page.style === 'number' ? undefined : answer.items.length);
    for (const position of positions ?? []) expect(position).toHaveLength(list.sort.length + 1);
    return positions ?? [];
  }
  const besides = (
    sides: { after?: RowPosition; before?: RowPosition },
    pageSize = size,
  ): PageRequest => {
    return { style: 'cursor', size: pageSize, after: null, before: null, ...sides };
  };

  const places: RowPosition[] = [];
  for (let at = 0; at === 0 || at < all.length; at += size) {
    const after = places.at(-1);
    places.push(...(await expectPage(besides(after ? { after } : {}), at, at + size)));
  }
  for (let end = all.length - 1; end > 0; end -= size) {
    const before = places[end] as RowPosition;
    await expectPage(besides({ before }), Math.max(0, end - size), end);
  }
  const pages = Math.ceil(all.length / size);
  for (const jump of jumps) {
    const number = 1 + (jump % (pages + 2));
    await expectPage({ style: 'number', number, size }, (number - 1) * size, number * size);
    const at = jump % Math.max(all.length, 1);
    const place = places[at];
    if (place === undefined) continue;
    await expectPage(besides({ after: place }, 3), at + 1, at + 4);
    await expectPage(besides({ before: place }, 3), Math.max(0, at - 3), at);
  }
}

/**
 * Reads a list by cursor while `change` changes it between the pages. Each page must have the rows
 * that now follow the last row of the page before, at that row's old place, whether the row still
 * exists or not.
 */
export async function expectSteadyWalk<Row, F extends Filter, S extends string>(
  { model, rows, read }: Omit<Comparison<Row, F, S>, 'rows'> & { rows: () => readonly Row[] },
  list: RandomList<F, S>,
  {
    size,
    backwards,
    change,
  }: { size: number; backwards: boolean; change: (last: Row) => Promise<void> },
): Promise<void> {
  const order = comparator(model, list.sort);
  const first = await read({
    ...list,
    page: { style: 'cursor', size: backwards ? 100 : size, after: null, before: null },
  });
  // Backwards from the last row.
  let row = first.items.at(-1);
  let place = first.positions?.at(-1);
  for (let page = 0; row !== undefined && place !== undefined; page += 1) {
    if (page > 200) throw new Error('This list has no end');
    const at: Row = row;
    await change(at);
    const now = listed(model, rows(), list);
    const expected = backwards
      ? now.filter((one) => order(one, at) < 0).slice(-size)
      : now.filter((one) => order(one, at) > 0).slice(0, size);
    const sides = backwards ? { before: place, after: null } : { after: place, before: null };
    const answer = await read({ ...list, page: { style: 'cursor', size, ...sides } });
    expect(answer.items).toEqual(expected);
    row = backwards ? answer.items[0] : answer.items.at(-1);
    place = backwards ? answer.positions?.[0] : answer.positions?.at(-1);
  }
}

/** Tries every operator of every field with the model's own values, and so many of the rows'. */
export async function expectEveryFilter<Row, F extends Filter, S extends string>(
  { model, rows, read }: Comparison<Row, F, S>,
  tried: number,
): Promise<void> {
  for (const name of Object.keys(model.fields) as F['field'][]) {
    const field: ModelField<Row> = model.fields[name];
    const values = new Set([...(field.near ?? []), ...valuesOf(field, rows).slice(0, tried)]);
    for (const operator of OPERATORS[field.kind])
      for (const value of values)
        await expectFiltered(operator === 'in' ? [value, value] : value, operator);
    if (field.nullable) for (const value of [true, false]) await expectFiltered(value, 'null');

    async function expectFiltered(value: Filter['value'], operator: FilterOperator): Promise<void> {
      const list = { filters: [filterOf<F>(name, operator, value)], sort: [] };
      const all = listed(model, rows, list);
      const { items, total } = await read({
        ...list,
        page: { style: 'number', number: 1, size: 100 },
      });
      expect({ list, items }).toEqual({ list, items: all.slice(0, 100) });
      expect(total).toBe(
        model.isExact(list.filters) ? all.length : Math.min(all.length, MAX_COUNTED),
      );
    }
  }
}
