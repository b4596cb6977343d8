import { Kysely, sql, type Dialect } from 'kysely';
import { Migrator, type Migration, type MigrationResultSet } from 'kysely/migration';
import { StartupError } from '../../process/startup-error.ts';
import { CommitOutcomeUnknownError } from '../commit-outcome.ts';
import { loadMigrationFiles, type MigrationFile } from './migration-files.ts';
import { CONTRACT_TABLE, LOCK_TABLE, MIGRATION_TABLE } from './tables.ts';

/** A database as Kysely migrates it. */
export interface KyselyTarget {
  readonly dialect: Dialect;
  /** Runs after each migration, in its transaction. */
  check?(db: Kysely<unknown>): Promise<void>;
}

/**
 * Runs what is pending. Returns names.
 * @throws StartupError when the migrations failed.
 */
export async function migrateToLatest(target: KyselyTarget, folder: string): Promise<string[]> {
  return namesOf(await createMigrator(target, folder).migrateToLatest());
}

/**
 * Takes the last migration back. Returns its name, or nothing when none is left.
 * @throws StartupError when it failed.
 */
export async function migrateDown(target: KyselyTarget, folder: string): Promise<string[]> {
  return namesOf(await createMigrator(target, folder).migrateDown());
}

function createMigrator(target: KyselyTarget, folder: string): Migrator {
  return new Migrator({
    db: new Kysely<unknown>({ dialect: target.dialect }),
    provider: {
      getMigrations: async () => withBookkeeping(await loadMigrationFiles(folder), target),
    },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: LOCK_TABLE,
  });
}

/** @throws StartupError when the migrations failed. */
function namesOf({ error, results = [] }: MigrationResultSet): string[] {
  if (error instanceof CommitOutcomeUnknownError) {
    throw new StartupError(
      `Whether the migration was carried out is not known (${error.message}). See to the database, then run the same command again: it does what is left.`,
      { cause: error },
    );
  }
  if (error !== undefined) {
    const failed = results.find(({ status }) => status === 'Error');
    const why = error instanceof Error ? error.message : 'no reason was given';
    throw new StartupError(
      `${failed ? `Migration ${failed.migrationName}` : 'The migration'} failed and nothing was changed: ${why}`,
      { cause: error },
    );
  }
  return results.map(({ migrationName }) => migrationName);
}

function withBookkeeping(
  files: Record<string, MigrationFile>,
  target: KyselyTarget,
): Record<string, Migration> {
  const migrations = Object.entries(files).map(([name, file]) => [
    name,
    bookkept(name, file, target),
  ]);
  return Object.fromEntries(migrations);
}

/** The contract marker and the check belong to the migration's own transaction. */
function bookkept(name: string, file: MigrationFile, { check }: KyselyTarget): Migration {
  const table = sql.table(CONTRACT_TABLE);
  return {
    async up(db: Kysely<unknown>) {
      await file.up(db);
      if (file.contract) {
        await sql`create table if not exists ${table} (name varchar(255) not null primary key)`.execute(
          db,
        );
        await sql`insert into ${table} (name) values (${name})`.execute(db);
      }
      await check?.(db);
    },
    async down(db: Kysely<unknown>) {
      await file.down?.(db);
      if (file.contract) await sql`delete from ${table} where name = ${name}`.execute(db);
      await check?.(db);
    },
  };
}
