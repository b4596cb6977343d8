import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createMigrations, openSqlite, sqliteDialect } from '@anaquel/runtime';
import type { MigrationStatus, Migrations } from '@anaquel/runtime';
import { Kysely } from 'kysely';
import { projectFolder } from './settings.ts';
import type { ServiceName, ServiceSettings } from './settings.ts';

export function migrationsFolder(service: ServiceName): string {
  return join(projectFolder, 'services', service, 'migrations');
}

/** What the database of a service has and lacks. Writes nothing: one that doesn't exist lacks everything. */
export async function readMigrationStatus(
  service: ServiceName,
  { database }: ServiceSettings,
): Promise<MigrationStatus[]> {
  const connection = existsSync(database.path)
    ? openSqlite(database.path, { readOnly: true })
    : new DatabaseSync(':memory:');
  return withConnection(service, connection, (migrations) => migrations.status());
}

/** Opens the database of a service, lets `work` migrate it, and closes it again. */
export async function withMigrations<Result>(
  service: ServiceName,
  { database }: ServiceSettings,
  work: (migrations: Migrations) => Promise<Result>,
): Promise<Result> {
  return withConnection(service, openSqlite(database.path), work);
}

async function withConnection<Result>(
  service: ServiceName,
  connection: DatabaseSync,
  work: (migrations: Migrations) => Promise<Result>,
): Promise<Result> {
  const db = new Kysely<unknown>({ dialect: sqliteDialect(connection) });
  try {
    return await work(createMigrations({ db, folder: migrationsFolder(service), service }));
  } finally {
    await db.destroy();
    if (connection.isOpen) connection.close();
  }
}
