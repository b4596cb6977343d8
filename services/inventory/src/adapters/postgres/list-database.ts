import { postgresTables, sql, type SqlReads } from '@anaquel/runtime/sql';
import type { ListDatabase } from '../sql/lists/list-database.ts';
import { unnest } from './row-arrays.ts';

export function postgresLists(reads: SqlReads): ListDatabase {
  return {
    ...postgresTables(reads),
    activeReservations: sql`reservations`,
    idsOf: (ids) => sql`select id from ${unnest([{ type: 'bigint', values: ids }], 'ids (id)')}`,
  };
}
