import type { LeaseTerm, Postgres } from '@anaquel/runtime/postgres';
import { sql } from '@anaquel/runtime/sql';
import type { CursorStore } from './relay.ts';

/**
 * The position up to which each relay has published, in the table `relay_cursors`, which migrations
 * make. They are saved only while the term lasts.
 */
export function createPostgresRelayCursors(
  database: Pick<Postgres, 'reads' | 'transaction'>,
  term: Pick<LeaseTerm, 'keep'>,
): CursorStore {
  return {
    load: (relay) =>
      database.reads.number(
        sql`select coalesce(max(position), 0) from relay_cursors where relay = ${relay}`,
      ),
    async save(relay, position) {
      await database.transaction(async (transaction) => {
        await term.keep(transaction);
        await transaction.commit(sql`insert into relay_cursors (relay, position)
          values (${relay}, ${position})
          on conflict (relay) do update set position = excluded.position`);
      });
    },
  };
}
