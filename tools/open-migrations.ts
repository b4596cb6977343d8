import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartupError } from '@anaquel/runtime';
import {
  createMigrations,
  type Migrations,
  type MigrationStatus,
} from '@anaquel/runtime/migrations';
import { openSqlite, tryLockDatabase } from '@anaquel/runtime/sql';
import type { ServiceName } from '../services/manifest.ts';
import { databaseFile, projectFolder } from './settings.ts';
import type { ServiceSettings } from './settings.ts';

export function migrationsFolder(service: ServiceName): string {
  return join(projectFolder, 'services', service, 'migrations', 'sqlite');
}

/**
 * What the database of a service has and lacks. Writes nothing: one that doesn't exist lacks
 * everything.
 */
export async function readMigrationStatus(
  service: ServiceName,
  settings: ServiceSettings,
): Promise<MigrationStatus[]> {
  const path = databaseFile(settings);
  const connection = existsSync(path)
    ? openSqlite(path, { readOnly: true })
    : new DatabaseSync(':memory:');
  return withConnection(service, connection, (migrations) => migrations.status());
}

/**
 * Runs what is pending, and returns its names. Beside a running service only what adds.
 * @throws StartupError when something would take away what a running service reads.
 */
export async function migrateUp(
  service: ServiceName,
  settings: ServiceSettings,
): Promise<string[]> {
  const path = databaseFile(settings);
  return withConnection(service, openSqlite(path), async (migrations) => {
    const pending = (await migrations.status()).filter(({ state }) => state === 'pending');
    const takesAway = pending.find(({ contract }) => contract);
    if (takesAway === undefined) return migrations.up();
    const why = `migration ${takesAway.name} takes away what it reads`;
    return whileNoServiceRuns(service, path, why, () => migrations.up());
  });
}

/**
 * Takes the last migration back, and returns its name. `prepare` runs before, when it is sure that
 * no service does.
 * @throws StartupError while a service runs on the database.
 */
export async function migrateDown(
  service: ServiceName,
  settings: ServiceSettings,
  prepare: () => Promise<void>,
): Promise<string[]> {
  const path = databaseFile(settings);
  const why = 'taking a migration back takes away what it reads';
  return whileNoServiceRuns(service, path, why, async () => {
    await prepare();
    const connection = openSqlite(path);
    return withConnection(service, connection, (migrations) => migrations.down());
  });
}

async function whileNoServiceRuns<Result>(
  service: ServiceName,
  path: string,
  why: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = tryLockDatabase(path);
  if (lock === null) {
    throw new StartupError(
      `The ${service} service runs on ${path}, and ${why}: stop it first. Nothing was changed.`,
    );
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function withConnection<Result>(
  service: ServiceName,
  database: DatabaseSync,
  work: (migrations: Migrations) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(createMigrations({ database, folder: migrationsFolder(service), service }));
  } finally {
    database.close();
  }
}
