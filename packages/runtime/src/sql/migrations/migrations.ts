import { migrateCommand } from '../../process/command-texts.ts';
import { StartupError } from '../../process/startup-error.ts';
import type { SqlReads } from '../sql-connection.ts';
import type { Sql } from '../sql.ts';
import { loadMigrationFiles, migrationNames } from './migration-files.ts';
import type { KyselyTarget } from './migrator.ts';
import { CONTRACT_TABLE, MIGRATION_TABLE } from './tables.ts';

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

/** A database, and what migrations need to know of its kind. */
export interface MigrationTarget {
  readonly reads: SqlReads;
  /** Selects the names of all tables. */
  readonly tableNames: Sql;
  /** For what changes the database: a service, which only looks, starts sooner without Kysely. */
  openKysely(): Promise<KyselyTarget>;
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
  /** How the database compares with these migrations, with the contracts that it tells of. */
  async function compare(known: readonly string[]): Promise<MigrationStatus[]> {
    const applied = await namesIn(target, MIGRATION_TABLE);
    const contracts = await namesIn(target, CONTRACT_TABLE);
    const names = [...new Set([...known, ...applied])].sort();
    return names.map((name) => ({
      name,
      state: !applied.includes(name) ? 'pending' : known.includes(name) ? 'applied' : 'unknown',
      contract: contracts.includes(name),
    }));
  }

  async function status(): Promise<MigrationStatus[]> {
    const files = await loadMigrationFiles(folder);
    return (await compare(Object.keys(files))).map((one) => ({
      ...one,
      contract: files[one.name]?.contract ?? one.contract,
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
    const { migrateToLatest } = await import('./migrator.ts');
    return migrateToLatest(await target.openKysely(), folder);
  }

  async function down(): Promise<string[]> {
    const unknown = (await status()).filter(({ state }) => state === 'unknown');
    if (unknown.length > 0) {
      throw new StartupError(
        `This code doesn't know ${list(unknown)} of the ${service} database: take it back with the code that made it.`,
      );
    }
    const { migrateDown } = await import('./migrator.ts');
    return migrateDown(await target.openKysely(), folder);
  }

  async function assertReadable(): Promise<void> {
    const now = await compare(await migrationNames(folder));
    assertNotAheadByContract(now, service);
    const pending = now.filter(({ state }) => state === 'pending');
    if (pending.length > 0) {
      throw new StartupError(
        `The ${service} database lacks ${list(pending)}. Run: ${migrateCommand('up', service)}`,
      );
    }
  }

  return { status, up, down, assertReadable };
}

function assertNotAheadByContract(status: readonly MigrationStatus[], service: string): void {
  const unreadable = status.filter(({ state, contract }) => state === 'unknown' && contract);
  if (unreadable.length === 0) return;
  throw new StartupError(
    `The ${service} database is newer than this code can read (${list(unreadable)}). Start the newer code, or with it run: ${migrateCommand('down', service)}`,
  );
}

async function namesIn({ reads, tableNames }: MigrationTarget, table: string): Promise<string[]> {
  const tables = await reads.rows(tableNames);
  if (!tables.some(([name]) => name === table)) return [];
  const rows = await reads.rows({ text: `select name from ${table} order by name`, values: [] });
  return rows.map(([name]) => String(name));
}

function list(status: readonly MigrationStatus[]): string {
  return status.map(({ name }) => name).join(', ');
}
