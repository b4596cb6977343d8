import type { Filter, Scalar } from '@anaquel/jsonapi';
import { joinSql, operand, sql, valueList, type Sql } from './sql.ts';

/** The column or expression that a filter compares, or a function that makes its condition. */
export type FilterField = Sql | ((filter: Filter) => Sql);

/** The condition that a filter makes. */
export function filterCondition<Field extends string>(
  filter: Filter<Field>,
  fields: Readonly<Record<Field, FilterField>>,
): Sql {
  const field = fields[filter.field];
  return typeof field === 'function' ? field(filter) : comparison(field, filter);
}

/** Compares a column or an expression as `FilterOperator` says. */
export function comparison(field: Sql, filter: Filter): Sql {
  switch (filter.operator) {
    case 'null':
      return filter.value === true ? sql`${field} is null` : sql`${field} is not null`;
    case 'in':
      return sql`${field} in ${valueList(listOf(filter))}`;
    case 'contains':
      // SQLite and PostgreSQL have no other function for it that has one name in both.
      return sql`replace(${field}, ${scalarOf(filter)}, '') <> ${field}`;
    case 'startsWith':
      return sql`substr(${field}, 1, length(${scalarOf(filter)})) = ${scalarOf(filter)}`;
    case 'eq':
      return sql`${field} = ${operand(scalarOf(filter))}`;
    case 'ne':
      return sql`${field} is distinct from ${operand(scalarOf(filter))}`;
    case 'lt':
      return sql`${field} < ${operand(scalarOf(filter))}`;
    case 'lte':
      return sql`${field} <= ${operand(scalarOf(filter))}`;
    case 'gt':
      return sql`${field} > ${operand(scalarOf(filter))}`;
    case 'gte':
      return sql`${field} >= ${operand(scalarOf(filter))}`;
  }
}

/** `contains` on a column that holds a list of texts, as JSON made by `JSON.stringify`. */
export function elementCondition(field: Sql, filter: Filter): Sql {
  const element = scalarOf(filter);
  // A JSON list without the element's text can't hold it, so most lists aren't parsed.
  return sql`(instr(${field}, ${JSON.stringify(element)}) > 0 and exists (select 1 from json_each(${field}) where value = ${element}))`;
}

/**
 * Compares an amount that is stored in whole units of 10^-`decimals` with a number, exactly:
 * neither is rounded. For amounts of at most 2⁵³ − 1 units.
 */
export function amountCondition(field: Sql, decimals: number, filter: Filter): Sql {
  if (filter.operator === 'in') {
    const units = listOf(filter).map((value) => unitsOf(value, decimals));
    const whole = units.filter(({ floor, ceiling }) => floor === ceiling);
    const floors = whole.map(({ floor }) => floor);
    return whole.length === 0 ? sql`1 = 0` : sql`${field} in ${valueList(floors)}`;
  }
  const { floor, ceiling } = unitsOf(scalarOf(filter), decimals);
  switch (filter.operator) {
    case 'eq':
      return floor === ceiling ? sql`${field} = ${floor}` : sql`1 = 0`;
    case 'ne':
      return floor === ceiling ? sql`${field} <> ${floor}` : sql`1 = 1`;
    case 'lt':
      return sql`${field} < ${ceiling}`;
    case 'lte':
      return sql`${field} <= ${floor}`;
    case 'gt':
      return sql`${field} > ${floor}`;
    case 'gte':
      return sql`${field} >= ${ceiling}`;
    default:
      throw new TypeError(`An amount can't be compared by "${filter.operator}"`);
  }
}

const MAX_DECIMALS = 4;

/** {@link amountCondition} where each row has its own number of decimals, 0 to 4. */
export function moneyCondition(field: Sql, decimals: Sql, filter: Filter): Sql {
  const cases = Array.from(
    { length: MAX_DECIMALS + 1 },
    (_, places) => sql`when ${places} then ${amountCondition(field, places, filter)}`,
  );
  return sql`case ${decimals} ${joinSql(cases, ' ')} end`;
}

interface UnitRange {
  readonly floor: number;
  readonly ceiling: number;
}

/** No stored amount is beyond it, so all larger ones compare alike. */
const MAX_UNITS = 2n ** 53n;

/**
 * The whole units just below and above an amount. The number's shortest decimal text is what the
 * client sent.
 */
function unitsOf(amount: Scalar, decimals: number): UnitRange {
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
  return Number(units > MAX_UNITS ? MAX_UNITS : units < -MAX_UNITS ? -MAX_UNITS : units);
}

function scalarOf({ operator, value }: Filter): Scalar {
  if (typeof value === 'object') throw new TypeError(`"${operator}" compares with one value`);
  return value;
}

function listOf({ value }: Filter): readonly Scalar[] {
  return typeof value === 'object' ? value : [value];
}
