import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMigrations } from '@anaquel/runtime/migrations';
import { openSqlite } from '@anaquel/runtime/sql';

export interface LedgerFile {
  readonly path: string;
  /** For DATABASE_URL. */
  readonly url: string;
  readonly folder: string;
  remove(): Promise<void>;
}

/** A migrated database in a folder of its own. */
export async function createLedgerFile(): Promise<LedgerFile> {
  const folder = await mkdtemp(join(tmpdir(), 'anaquel-inventory-'));
  const path = join(folder, 'inventory.db');
  const database = openSqlite(path);
  const migrations = join(import.meta.dirname, '../../migrations/sqlite');
  await createMigrations({ database, folder: migrations, service: 'inventory' }).up();
  database.close();
  return {
    path,
    url: `file:${path}`,
    folder,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
