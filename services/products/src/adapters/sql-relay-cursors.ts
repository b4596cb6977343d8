import type { CursorStore } from '@anaquel/events';
import type { Kysely } from 'kysely';
import type { ProductsDatabase } from './sql-schema.ts';

/** Where each relay got to. */
export function createSqlRelayCursors(db: Kysely<ProductsDatabase>): CursorStore {
  return {
    async load(relay) {
      const row = await db
        .selectFrom('relay_cursors')
        .select('position')
        .where('relay', '=', relay)
        .executeTakeFirst();
      return row?.position ?? 0;
    },
    async save(relay, position) {
      await db
        .insertInto('relay_cursors')
        .values({ relay, position })
        .onConflict((conflict) => conflict.column('relay').doUpdateSet({ position }))
        .execute();
    },
  };
}
