import { sql, type SqliteConnection } from '@anaquel/runtime/sql';
import type { ListDatabase } from '../sql/lists/list-database.ts';

/** SQLite reads in the main thread: a thousand rows take some milliseconds. */
const ROWS_A_TURN = 1_000;

export function sqliteLists(reads: SqliteConnection): ListDatabase {
  return {
    reads,
    rowsATurn: ROWS_A_TURN,
    sortsAll: false,
    activeReservations: sql`reservations indexed by reservations_active`,
    idsOf: (ids) => sql`select value from json_each(${JSON.stringify(ids)})`,
  };
}
