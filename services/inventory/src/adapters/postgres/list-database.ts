import { sql, type SqlReads } from '@anaquel/runtime/sql';
import type { ListDatabase } from '../sql/lists/list-database.ts';
import { unnest } from './row-arrays.ts';

/** Some tenths of a second of the server, far from its timeout. */
const ROWS_A_TURN = 50_000;

export function postgresLists(reads: SqlReads): ListDatabase {
  return {
    reads,
    rowsATurn: ROWS_A_TURN,
    sortsAll: true,
    activeReservations: sql`reservations`,
    idsOf: (ids) => sql`select id from ${unnest([{ type: 'bigint', values: ids }], 'ids (id)')}`,
  };
}
