import { Kysely, sql, type Dialect } from 'kysely';
import { Migrator, type Migration, type MigrationResultSet } from 'kysely/migration';
import { StartupError } from '../../process/startup-error.ts';
import { CommitOutcomeUnknownError } from '../commit-outcome.ts';
import { loadMigrationFiles, type MigrationFile } from './migration-files.ts';

const MIGRATION_TABLE = 'schema_migrations';
export const LOCK_TABLE = 'schema_migration_lock';

/**
 * Names the executed migrations after which older code can't read the database. A row lives as long
 * as its migration.
 */
const CONTRACT_TABLE = 'schema_contracts';

export interface MigrationStatus {
  name: string;
  /** `unknown`: the database has it and this code does not, because newer code made it. */
  state: 'applied' | 'pending' | 'unknown';
  /** True when code older than this migration can't read the result. */
  contract: boolean;
}

export interface Migrations {
  /** In order of their names. Changes nothing. */
  status(): Promise<MigrationStatus[]>;
  /**
   * Runs what is pending, all or nothing; a second process waits up to a minute and then finds
   * nothing to do. Returns names.
   */
  up(): Promise<string[]>;
  /**
   * Takes the last migration back, all or nothing. Returns its name, or nothing when none is left.
   */
  down(): Promise<string[]>;
  /**
   * Makes sure that this code can work with this database: nothing pending, and nothing newer but
   * what only adds.
   * @throws StartupError with the command that helps.
   */
  assertReadable(): Promise<void>;
}

export interface MigrationsOptions {
  readonly folder: string;
  /** What messages call the service. */
  readonly service: string;
}

/** What migrations need to know of the kind of database that they run on. */
export interface MigrationTarget {
  readonly dialect: Dialect;
  /** Runs after each migration, in its transaction. */
  check?(db: Kysely<unknown>): Promise<void>;
}

/**
 * The migrations in `folder`: files `0001-name.ts` that export `up(db)`, `down(db)` and, when code
 * older than the migration can't read its result (a dropped or renamed column), `contract = true`.
 * Everything else only adds, so during a rolling update old and new code work on one database.
 */
export function migrationsOn(
  target: MigrationTarget,
  { folder, service }: MigrationsOptions,
): Migrations {
  const db = new Kysely<unknown>({ dialect: target.dialect });
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () => withBookkeeping(await loadMigrationFiles(folder), target),
    },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: LOCK_TABLE,
  });

  async function status(): Promise<MigrationStatus[]> {
    const files = await loadMigrationFiles(folder);
    const applied = await namesIn(db, MIGRATION_TABLE);
    const contracts = new Set(await namesIn(db, CONTRACT_TABLE));
    const names = [...new Set([...Object.keys(files), ...applied])].sort();
    return names.map((name) => ({
      name,
      state: !applied.includes(name) ? 'pending' : files[name] ? 'applied' : 'unknown',
      contract: files[name]?.contract ?? contracts.has(name),
    }));
  }

  async function up(): Promise<string[]> {
    const before = await status();
    assertNotAheadByContract(before, service);
    const pending = before.filter(({ state }) => state === 'pending');
    const unknown = before.filter(({ state }) => state === 'unknown');
    if (pending.length === 0) return [];
    if (unknown.length > 0) {
      throw new StartupError(
        `The ${service} database and this code went different ways: the database has ${list(unknown)}, this code has ${list(pending)}. Use the code that knows all of them.`,
      );
    }
    return namesOf(await migrator.migrateToLatest());
  }

  async function down(): Promise<string[]> {
    const unknown = (await status()).filter(({ state }) => state === 'unknown');
    if (unknown.length > 0) {
      throw new StartupError(
        `This code doesn't know ${list(unknown)} of the ${service} database: take it back with the code that made it.`,
      );
    }
    return namesOf(await migrator.migrateDown());
  }

  async function assertReadable(): Promise<void> {
    const now = await status();
    assertNotAheadByContract(now, service);
    const pending = now.filter(({ state }) => state === 'pending');
    if (pending.length > 0) {
      throw new StartupError(
        `The ${service} database lacks ${list(pending)}. Run: npm run migrate -- up ${service}`,
      );
    }
  }

  return { status, up, down, assertReadable };
}

function assertNotAheadByContract(status: readonly MigrationStatus[], service: string): void {
  const unreadable = status.filter(({ state, contract }) => state === 'unknown' && contract);
  if (unreadable.length === 0) return;
  throw new StartupError(
    `The ${service} database is newer than this code can read (${list(unreadable)}). Start the newer code, or with it run: npm run migrate -- down ${service}`,
  );
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
  target: MigrationTarget,
): Record<string, Migration> {
  const migrations = Object.entries(files).map(([name, file]) => [
    name,
    bookkept(name, file, target),
  ]);
  return Object.fromEntries(migrations);
}

/** The contract marker and the check belong to the migration's own transaction. */
function bookkept(name: string, file: MigrationFile, { check }: MigrationTarget): Migration {
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

async function namesIn(db: Kysely<unknown>, table: string): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === table)) return [];
  const query = sql<{ name: string }>`select name from ${sql.table(table)} order by name`;
  return (await query.execute(db)).rows.map(({ name }) => name);
}

function list(status: readonly MigrationStatus[]): string {
  return status.map(({ name }) => name).join(', ');
}
