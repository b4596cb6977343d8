import { join } from 'node:path';
import { createMigrations, openSqlite, sqliteDialect, StartupError } from '@anaquel/runtime';
import type { Migrations } from '@anaquel/runtime';
import { Kysely } from 'kysely';
import { projectFolder } from './settings.ts';
import type { ServiceName, ServiceSettings } from './settings.ts';

export function migrationsFolder(service: ServiceName): string {
  return join(projectFolder, 'services', service, 'migrations');
}

/** Opens the database of a service, lets `work` migrate it, and closes it again. */
export async function withMigrations<Result>(
  service: ServiceName,
  { database, databaseSetting }: ServiceSettings,
  work: (migrations: Migrations) => Promise<Result>,
): Promise<Result> {
  if (database.kind !== 'sqlite') {
    throw new StartupError(
      `${databaseSetting} must name an SQLite file: other databases can't be used yet.`,
    );
  }
  const connection = openSqlite(database.path);
  const db = new Kysely<unknown>({ dialect: sqliteDialect(connection) });
  try {
    return await work(createMigrations({ db, folder: migrationsFolder(service), service }));
  } finally {
    await db.destroy();
    if (connection.isOpen) connection.close();
  }
}
