import type { DatabaseSync } from 'node:sqlite';
import { createSqliteConnection } from '../sqlite-connection.ts';
import { sql } from '../sql.ts';
import { migrationsOn, type Migrations, type MigrationsOptions } from './migrations.ts';

export interface SqliteMigrationsOptions extends MigrationsOptions {
  /** It stays open. */
  readonly database: DatabaseSync;
}

export function createMigrations({ database, ...options }: SqliteMigrationsOptions): Migrations {
  const target = {
    reads: createSqliteConnection(database),
    tableNames: sql`select name from sqlite_schema where type = 'table'`,
    async openKysely() {
      const { assertForeignKeys, createSqliteDialect } = await import('./sqlite-dialect.ts');
      return { dialect: createSqliteDialect(database), check: assertForeignKeys };
    },
  };
  return migrationsOn(target, options);
}
