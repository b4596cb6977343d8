import { join } from 'node:path';
import { createMigrations } from '@anaquel/runtime/migrations';
import { openSqlite } from '@anaquel/runtime/sql';

const MIGRATION = '0006-purchase-records';

/**
 * Takes the database at `path` back to the release whose purchases kept no records, and forward
 * again: all records are then in the table of records, as they are after an update.
 */
export async function keepRecordsApart(path: string): Promise<void> {
  const database = openSqlite(path);
  const folder = join(import.meta.dirname, '../../migrations/sqlite');
  const migrations = createMigrations({ database, folder, service: 'inventory' });
  try {
    for (let reverted = ''; reverted !== MIGRATION;)
      [reverted = MIGRATION] = await migrations.down();
    await migrations.up();
  } finally {
    database.close();
  }
}
