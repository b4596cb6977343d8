import { existsSync } from 'node:fs';
import { StartupError } from '@anaquel/runtime';
import { createSqliteConnection, openSqlite, sql, type SqlReads } from '@anaquel/runtime/sql';
import { serviceNames, services as manifest, type ServiceName } from '../../services/manifest.ts';
import type { DatabasePlace, Settings } from '../settings.ts';
import { withPostgres } from '../with-postgres.ts';

/**
 * `missing`: there is no file, or nothing in the database. `empty`: it was made, and holds nothing
 * of a shop. `begun`: a shop was begun in it; deleted products leave their rows.
 */
type DatabaseState = 'missing' | 'empty' | 'begun';
export type DatabaseStates = Readonly<Record<ServiceName, DatabaseState>>;

/** Adds a line to `problems` for each database that can't be read. */
export async function readDatabaseStates(
  { services }: Settings,
  problems: string[],
): Promise<DatabaseStates> {
  const states = serviceNames.map(async (name) => {
    const state = await readState(name, services[name]).catch((error: unknown) => {
      if (!(error instanceof StartupError)) throw error;
      problems.push(error.message);
      return 'missing' as const;
    });
    return [name, state] as const;
  });
  return Object.fromEntries(await Promise.all(states)) as Record<ServiceName, DatabaseState>;
}

async function readState(
  service: ServiceName,
  { database: location, databaseSetting: setting }: DatabasePlace,
): Promise<DatabaseState> {
  const { firstTable } = manifest[service].database;
  if (location.kind === 'postgres')
    return withPostgres(service, { url: location.url, setting }, async ({ reads }) => {
      const tables = await reads.number(sql`select count(*) from information_schema.tables
        where table_schema = current_schema() and table_name = ${firstTable}`);
      return tables === 0 ? 'missing' : stateOfTable(reads, firstTable);
    });
  if (!existsSync(location.path)) return 'missing';
  const database = openSqlite(location.path, { readOnly: true });
  try {
    const reads = createSqliteConnection(database);
    const tables = reads.number(sql`select count(*) from sqlite_schema
      where type = 'table' and name = ${firstTable}`);
    return tables === 0 ? 'empty' : await stateOfTable(reads, firstTable);
  } finally {
    database.close();
  }
}

async function stateOfTable(reads: SqlReads, name: string): Promise<DatabaseState> {
  const table = { text: name, values: [] };
  const rows = await reads.rows(sql`select 1 from ${table} limit 1`);
  return rows.length === 0 ? 'empty' : 'begun';
}
