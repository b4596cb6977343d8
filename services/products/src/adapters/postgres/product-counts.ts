import { sql, type Sql } from '@anaquel/runtime/sql';
import type { Change } from './change.ts';

/** What changes do to the numbers of products of each status. */
export function countChanges(changes: readonly Change[]): Sql[] {
  const counts = new Map<string, number>();
  for (const { before, after } of changes) {
    if (before) counts.set(before.status, (counts.get(before.status) ?? 0) - 1);
    if (after) counts.set(after.status, (counts.get(after.status) ?? 0) + 1);
  }
  // All take the rows in the same order, so that none wait for each other.
  return [...counts]
    .filter(([, difference]) => difference !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([status, difference]) =>
        sql`update product_counts set products = products + ${difference} where status = ${status}`,
    );
}
