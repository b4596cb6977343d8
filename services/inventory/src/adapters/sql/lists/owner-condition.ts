import { sql, type Sql } from '@anaquel/runtime/sql';
import type { ListReads } from './list-reads.ts';

/** That a row belongs to one caller; no condition for all of them. */
export function ownerCondition(owner: string | undefined): Sql[] {
  return owner === undefined ? [] : [sql`owner = ${owner}`];
}

export function countOfOwner(
  reads: ListReads,
  table: Sql,
  owner: string | undefined,
): number | Promise<number> {
  const all = sql`select count(*) from ${table}`;
  return reads.number(owner === undefined ? all : sql`${all} where owner = ${owner}`);
}
