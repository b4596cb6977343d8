import { select, sql, type SqlReads } from '@anaquel/runtime/sql';
import type { ProductStore } from '../../application/product-store.ts';
import type { ProductChange } from '../../domain/product-change.ts';
import { CHANGE } from './change-columns.ts';

/** At most `limit` changes after a position, in order. */
export async function readChanges(
  reads: SqlReads,
  position: number,
  limit: number,
): Promise<ProductChange[]> {
  return reads.all(
    select(CHANGE)`from product_changes
      where position > ${position} order by position limit ${limit}`,
  );
}

/** See `ProductStore`. */
export function changesAfterIn(reads: SqlReads): ProductStore['changesAfter'] {
  return async (position, limit) => {
    // The head first: a change that is committed between the two queries may be newer than the
    // head, but never missing below it.
    const head = await reads.number(sql`select position from log_head`);
    const changes = await readChanges(reads, position, limit);
    return { changes, head: Math.max(head, changes.at(-1)?.position ?? 0) };
  };
}
