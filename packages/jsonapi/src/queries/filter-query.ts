import { BOOLEAN_EXPECTED, readBoolean, type FilterKind } from '../declarations/filters.ts';
import type { ListDeclaration } from '../declarations/list-declaration.ts';
import type { Filter, FilterValue, Scalar } from '../declarations/list-request.ts';
import { mustBe, type Complaint } from './query.ts';
import { readValueList } from './value-lists.ts';

const FILTER = /^filter\[([^[\]]+)\](?:\[([^[\]]+)\])?$/;

/** A declared filter as a parameter names it. */
export interface FilterParameter {
  readonly name: string;
  readonly field: string;
  /** Undefined where the parameter names none. */
  readonly operator: string | undefined;
  readonly kind: FilterKind;
}

/** The filter that a parameter names, or undefined when it is none of this list. */
export function filterParameter(
  name: string,
  { filters }: ListDeclaration,
): FilterParameter | undefined {
  const [, field, operator] = FILTER.exec(name) ?? [];
  const kind = field !== undefined && Object.hasOwn(filters, field) ? filters[field] : undefined;
  return field === undefined || !kind ? undefined : { name, field, operator, kind };
}

/** Adds a filter to `filters`, or says what is wrong with its value. */
export function addFilter(
  parameter: FilterParameter,
  text: string,
  filters: Filter[],
): Complaint | undefined {
  const filter = readFilter(parameter, text);
  if (typeof filter === 'string') return mustBe(parameter.name, filter);
  const isRepeated = filters.some(
    ({ field, operator }) => field === filter.field && operator === filter.operator,
  );
  if (isRepeated)
    return mustBe(parameter.name, 'given once: without an operator it means the same');
  filters.push(filter);
  return undefined;
}

/** The filter, or a text that completes "… must be". */
function readFilter(
  { field, operator: name, kind }: FilterParameter,
  text: string,
): Filter | string {
  const operator = kind.operators.find((candidate) => candidate === (name ?? kind.plain));
  if (!operator) return `compared by one of ${kind.operators.join(', ')}`;
  if (operator === 'null') {
    const isNull = readBoolean(text);
    return isNull === undefined ? BOOLEAN_EXPECTED : { field, operator, value: isNull };
  }
  if (operator === 'in') {
    const parts = readValueList(text, kind.maxCount);
    const values = parts.map(kind.read);
    if (parts.length > kind.maxCount || !values.every(isScalar))
      return `a comma-separated list of at most ${kind.maxCount} values, each ${kind.expects}`;
    return { field, operator, value: [...new Set(values)] };
  }
  const value = kind.read(text);
  return value === undefined ? kind.expects : { field, operator, value };
}

function isScalar(value: FilterValue | undefined): value is Scalar {
  return value !== undefined && typeof value !== 'object';
}
