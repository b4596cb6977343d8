import type { Filter, Scalar } from '@anaquel/jsonapi';
import { joinParts, sqlPart, valueList } from './sql-part.ts';
import type { SqlPart } from './sql-part.ts';

/**
 * What a filter of a list is compared with: a column or an expression, or a way of its own to make
 * a condition.
 */
export type FilterField = SqlPart | ((filter: Filter) => SqlPart);

/** The condition that a filter makes. */
export function conditionOf<Field extends string>(
  filter: Filter<Field>,
  fields: Readonly<Record<Field, FilterField>>,
): SqlPart {
  const field = fields[filter.field];
  return typeof field === 'function' ? field(filter) : compared(field, filter);
}

/**
 * Compares a column or an expression as `FilterOperator` has it, by SQLite's functions for texts.
 */
export function compared(field: SqlPart, filter: Filter): SqlPart {
  switch (filter.operator) {
    case 'null':
      return filter.value === true ? sqlPart`${field} is null` : sqlPart`${field} is not null`;
    case 'in':
      return sqlPart`${field} in ${valueList(listOf(filter))}`;
    case 'contains':
      return sqlPart`instr(${field}, ${scalarOf(filter)}) > 0`;
    case 'startsWith':
      return sqlPart`substr(${field}, 1, length(${scalarOf(filter)})) = ${scalarOf(filter)}`;
    case 'eq':
      return sqlPart`${field} = ${scalarOf(filter)}`;
    case 'ne':
      return sqlPart`${field} is distinct from ${scalarOf(filter)}`;
    case 'lt':
      return sqlPart`${field} < ${scalarOf(filter)}`;
    case 'lte':
      return sqlPart`${field} <= ${scalarOf(filter)}`;
    case 'gt':
      return sqlPart`${field} > ${scalarOf(filter)}`;
    case 'gte':
      return sqlPart`${field} >= ${scalarOf(filter)}`;
  }
}

/**
 * `contains` on a column that holds a list of texts as the JSON that `JSON.stringify` makes of it.
 */
export function holdsElement(field: SqlPart, filter: Filter): SqlPart {
  const element = scalarOf(filter);
  // Most lists are dismissed without being parsed: what they hold stands in them as text.
  return sqlPart`(instr(${field}, ${JSON.stringify(element)}) > 0 and exists (select 1 from json_each(${field}) where value = ${element}))`;
}

/**
 * Compares an amount that is stored as whole units of 10^-`decimals` with a number, exactly:
 * nothing is rounded on either side. For amounts of at most 2⁵³ − 1 units.
 */
export function comparedAmount(field: SqlPart, decimals: number, filter: Filter): SqlPart {
  if (filter.operator === 'in') {
    const units = listOf(filter).map((value) => unitsOf(value, decimals));
    const whole = units.filter(isWhole).map(({ floor }) => floor);
    return whole.length === 0 ? sqlPart`1 = 0` : sqlPart`${field} in ${valueList(whole)}`;
  }
  const { floor, ceiling } = unitsOf(scalarOf(filter), decimals);
  switch (filter.operator) {
    case 'eq':
      return floor === ceiling ? sqlPart`${field} = ${floor}` : sqlPart`1 = 0`;
    case 'ne':
      return floor === ceiling ? sqlPart`${field} <> ${floor}` : sqlPart`1 = 1`;
    case 'lt':
      return sqlPart`${field} < ${ceiling}`;
    case 'lte':
      return sqlPart`${field} <= ${floor}`;
    case 'gt':
      return sqlPart`${field} > ${floor}`;
    case 'gte':
      return sqlPart`${field} >= ${ceiling}`;
    default:
      throw new TypeError(`An amount can't be compared by "${filter.operator}"`);
  }
}

const MAX_DECIMALS = 4;

/** The same, where each row has its own number of decimals, 0 to 4. */
export function comparedMoney(field: SqlPart, decimals: SqlPart, filter: Filter): SqlPart {
  const cases = Array.from(
    { length: MAX_DECIMALS + 1 },
    (_, places) => sqlPart`when ${places} then ${comparedAmount(field, places, filter)}`,
  );
  return sqlPart`case ${decimals} ${joinParts(cases, ' ')} end`;
}

interface Units {
  readonly floor: number;
  readonly ceiling: number;
}

function isWhole({ floor, ceiling }: Units): boolean {
  return floor === ceiling;
}

/** Amounts beyond it are all the same: none is stored. */
const TOO_MANY = 2n ** 53n;

/**
 * The whole units just below and above an amount, by the number's shortest decimal text, which is
 * what was sent.
 */
function unitsOf(amount: Scalar, decimals: number): Units {
  const match = /^(-?\d)(?:\.(\d+))?e([+-]\d+)$/.exec(Number(amount).toExponential());
  if (match === null) throw new TypeError(`${amount} is no amount`);
  const [, whole = '', fraction = '', exponent] = match;
  const digits = BigInt(whole + fraction);
  const shift = Number(exponent) - fraction.length + decimals;
  if (shift >= 0) {
    const units = bounded(digits * 10n ** BigInt(shift));
    return { floor: units, ceiling: units };
  }
  const divisor = 10n ** BigInt(-shift);
  const rest = ((digits % divisor) + divisor) % divisor;
  const floor = (digits - rest) / divisor;
  return { floor: bounded(floor), ceiling: bounded(rest === 0n ? floor : floor + 1n) };
}

function bounded(units: bigint): number {
  return Number(units > TOO_MANY ? TOO_MANY : units < -TOO_MANY ? -TOO_MANY : units);
}

function scalarOf({ operator, value }: Filter): Scalar {
  if (typeof value === 'object') throw new TypeError(`"${operator}" compares with one value`);
  return value;
}

function listOf({ value }: Filter): readonly Scalar[] {
  return typeof value === 'object' ? value : [value];
}
