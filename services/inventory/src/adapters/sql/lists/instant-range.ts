import type { Filter } from '@anaquel/jsonapi';
import { comparison, sql, type FilterField, type Sql } from '@anaquel/runtime/sql';

/** The filters of a list by when its rows were recorded; `from` and `to` are half-open. */
export function instantFields(at: Sql): Readonly<Record<'createdAt' | 'from' | 'to', FilterField>> {
  return {
    createdAt: at,
    from: (filter) => comparison(at, { ...filter, operator: 'gte' }),
    to: (filter) => comparison(at, { ...filter, operator: 'lt' }),
  };
}

/** The instants that filters leave, as stored; both may be among them. Null: without an end. */
export interface InstantRange {
  readonly earliest: string | null;
  readonly latest: string | null;
}

export function instantRange(filters: readonly Filter[]): InstantRange {
  let earliest: string | null = null;
  let latest: string | null = null;
  for (const filter of filters) {
    const { field, value } = filter;
    if (!TIMES.has(field) || typeof value !== 'string') continue;
    const bounds = boundsOf(filter);
    if (bounds.from && (earliest === null || value > earliest)) earliest = value;
    if (bounds.to && (latest === null || value < latest)) latest = value;
  }
  return { earliest, latest };
}

const TIMES = new Set(['createdAt', 'from', 'to']);

function boundsOf({ field, operator }: Filter): { readonly from: boolean; readonly to: boolean } {
  if (field !== 'createdAt') return { from: field === 'from', to: field === 'to' };
  const isEqual = operator === 'eq';
  return {
    from: isEqual || operator === 'gte' || operator === 'gt',
    to: isEqual || operator === 'lte' || operator === 'lt',
  };
}

/**
 * How far an id may be ahead of its row's instant: they are, when more ids are made in a
 * millisecond than it has room for.
 */
const AHEAD_MS = 60_000;

/** The conditions that these instants make on ids, which begin with theirs. */
export function idsWithin(id: Sql, { earliest, latest }: InstantRange): Sql[] {
  return [
    ...(earliest === null ? [] : [sql`${id} >= ${idPrefix(Date.parse(earliest))}`]),
    ...(latest === null ? [] : [sql`${id} < ${idPrefix(Date.parse(latest) + AHEAD_MS)}`]),
  ];
}

/** What sorts before all ids of a millisecond, and after those of the one before. */
function idPrefix(ms: number): string {
  const digits = Math.max(ms, 0).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
