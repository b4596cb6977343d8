import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DatabaseLocation } from '@anaquel/runtime';
import {
  createMigrations,
  createPostgresMigrations,
  type Migrations,
  type MigrationStatus,
} from '@anaquel/runtime/migrations';
import { openSqlite } from '@anaquel/runtime/sql';
import type { ServiceName } from '../services/manifest.ts';
import { whileNoServiceRuns } from './running-service.ts';
import { projectFolder } from './settings.ts';
import type { DatabasePlace } from './settings.ts';
import { withPostgres } from './with-postgres.ts';

/** Each kind of database has migrations of its own. */
export function migrationsFolder(service: ServiceName, kind: DatabaseLocation['kind']): string {
  return join(projectFolder, 'services', service, 'migrations', kind);
}

/**
 * What the database of a service has and lacks. Writes nothing: a file that doesn't exist lacks
 * everything.
 */
export async function readMigrationStatus(
  service: ServiceName,
  place: DatabasePlace,
): Promise<MigrationStatus[]> {
  return withMigrations(service, place, { readOnly: true }, (migrations) => migrations.status());
}

/** @throws StartupError when the database lacks something, or has what this code doesn't know. */
export async function assertMigrated(service: ServiceName, place: DatabasePlace): Promise<void> {
  await withMigrations(service, place, { readOnly: true }, (migrations) =>
    migrations.assertReadable(),
  );
}

/**
 * Runs what is pending, and returns its names. Beside a running service only what adds.
 * @throws StartupError when something would take away what a running service reads.
 */
export async function migrateUp(service: ServiceName, place: DatabasePlace): Promise<string[]> {
  return withMigrations(service, place, { readOnly: false }, async (migrations) => {
    const pending = (await migrations.status()).filter(({ state }) => state === 'pending');
    const takesAway = pending.find(({ contract }) => contract);
    if (takesAway === undefined) return migrations.up();
    const why = `migration ${takesAway.name} takes away what it reads`;
    return whileNoServiceRuns(service, place, why, () => migrations.up());
  });
}

/**
 * Takes the last migration back, and returns its name. `prepare` runs before, when it is sure that
 * no service does.
 * @throws StartupError while a service runs on the database.
 */
export async function migrateDown(
  service: ServiceName,
  place: DatabasePlace,
  prepare: () => Promise<void>,
): Promise<string[]> {
  const why = 'taking a migration back takes away what it reads';
  return whileNoServiceRuns(service, place, why, async () => {
    await prepare();
    return withMigrations(service, place, { readOnly: false }, (migrations) => migrations.down());
  });
}

async function withMigrations<Result>(
  service: ServiceName,
  { database: location, databaseSetting: setting }: DatabasePlace,
  { readOnly }: { readOnly: boolean },
  work: (migrations: Migrations) => Promise<Result>,
): Promise<Result> {
  const folder = migrationsFolder(service, location.kind);
  if (location.kind === 'postgres')
    return withPostgres(service, { url: location.url, setting }, (database) =>
      work(createPostgresMigrations({ database, folder, service, setting })),
    );
  const database =
    readOnly && !existsSync(location.path)
      ? new DatabaseSync(':memory:')
      : openSqlite(location.path, { readOnly });
  try {
    return await work(createMigrations({ database, folder, service }));
  } finally {
    database.close();
  }
}
