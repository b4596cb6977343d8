import type { CursorStore } from '@anaquel/events';
import { sql, type SqliteConnection, type SqliteWriter } from '@anaquel/runtime/sql';

/** The position up to which each relay has published. */
export function createSqliteRelayCursors(
  reads: SqliteConnection,
  writer: SqliteWriter,
): CursorStore {
  return {
    load: async (relay) =>
      reads.number(
        sql`select coalesce(max(position), 0) from relay_cursors where relay = ${relay}`,
      ),
    save: (relay, position) =>
      writer.run(
        sql`insert or replace into relay_cursors (relay, position) values (${relay}, ${position})`,
      ),
  };
}
