import { sql, type Eventual, type Sql, type SqlReads } from '@anaquel/runtime/sql';

/** That a row belongs to one caller; no condition for all of them. */
export function ownerCondition(owner: string | undefined): Sql[] {
  return owner === undefined ? [] : [sql`owner = ${owner}`];
}

export function countOfOwner(
  reads: SqlReads,
  table: Sql,
  owner: string | undefined,
): Eventual<number> {
  const all = sql`select count(*) from ${table}`;
  return reads.number(owner === undefined ? all : sql`${all} where owner = ${owner}`);
}
