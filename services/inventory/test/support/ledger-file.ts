import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMigrations, openSqlite, sqliteDialect } from '@anaquel/runtime/sql';
import { Kysely } from 'kysely';

export interface LedgerFile {
  readonly path: string;
  readonly folder: string;
  remove(): Promise<void>;
}

/** A migrated database in a folder of its own. */
export async function createLedgerFile(): Promise<LedgerFile> {
  const folder = await mkdtemp(join(tmpdir(), 'anaquel-inventory-'));
  const path = join(folder, 'inventory.db');
  const db = new Kysely<unknown>({ dialect: sqliteDialect(openSqlite(path)) });
  const migrations = join(import.meta.dirname, '../../migrations');
  await createMigrations({ db, folder: migrations, service: 'inventory' }).up();
  await db.destroy();
  return { path, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
