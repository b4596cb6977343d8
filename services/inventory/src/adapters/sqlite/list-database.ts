import { sql, sqliteTables, type SqliteConnection } from '@anaquel/runtime/sql';
import type { ListDatabase } from '../sql/lists/list-database.ts';

export function sqliteLists(reads: SqliteConnection): ListDatabase {
  return {
    ...sqliteTables(reads),
    activeReservations: sql`reservations indexed by reservations_active`,
    idsOf: (ids) => sql`select value from json_each(${JSON.stringify(ids)})`,
  };
}
