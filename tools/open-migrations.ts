import { join } from 'node:path';
import { createMigrations, openSqlite, sqliteDialect } from '@anaquel/runtime';
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
  { database }: ServiceSettings,
  work: (migrations: Migrations) => Promise<Result>,
): Promise<Result> {
  const connection = openSqlite(database.path);
  const db = new Kysely<unknown>({ dialect: sqliteDialect(connection) });
  try {
    return await work(createMigrations({ db, folder: migrationsFolder(service), service }));
  } finally {
    await db.destroy();
    if (connection.isOpen) connection.close();
  }
}
