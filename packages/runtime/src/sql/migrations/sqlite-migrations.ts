import type { DatabaseSync } from 'node:sqlite';
import { sql, type Kysely } from 'kysely';
import { migrationsOn, type Migrations, type MigrationsOptions } from './migrations.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';

export interface SqliteMigrationsOptions extends MigrationsOptions {
  /** It stays open. */
  readonly database: DatabaseSync;
}

export function createMigrations({ database, ...options }: SqliteMigrationsOptions): Migrations {
  const target = { dialect: createSqliteDialect(database), check: assertForeignKeys };
  return migrationsOn(target, options);
}

/** SQLite suspends foreign keys while it migrates. */
async function assertForeignKeys(db: Kysely<unknown>): Promise<void> {
  const check = sql<{ table: string; parent: string }>`PRAGMA foreign_key_check`;
  const [broken] = (await check.execute(db)).rows;
  if (broken)
    throw new Error(`rows of ${broken.table} refer to rows of ${broken.parent} that don't exist`);
}
