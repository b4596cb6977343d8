import type { CursorStore } from '@anaquel/events';
import type { Postgres } from '@anaquel/runtime/postgres';
import { sql } from '@anaquel/runtime/sql';

/** The position up to which each relay has published. */
export function createPostgresRelayCursors(database: Postgres): CursorStore {
  return {
    load: (relay) =>
      database.reads.number(
        sql`select coalesce(max(position), 0) from relay_cursors where relay = ${relay}`,
      ),
    async save(relay, position) {
      await database.transaction((transaction) =>
        transaction.commit(sql`insert into relay_cursors (relay, position) values (${relay}, ${position})
          on conflict (relay) do update set position = excluded.position`),
      );
    },
  };
}
