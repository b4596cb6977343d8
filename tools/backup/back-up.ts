import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  databaseName,
  makePrivate,
  makeWritableFolder,
  StartupError,
  tighten,
} from '@anaquel/runtime';
import type { Postgres, PostgresConnection } from '@anaquel/runtime/postgres';
import {
  copyDatabase,
  createSqliteConnection,
  openSqlite,
  sql,
  type DatabaseKind,
} from '@anaquel/runtime/sql';
import { services as manifest, type ServiceName } from '../../services/manifest.ts';
import { errorCode } from '../error-code.ts';
import { assertProgram, runProgram } from '../postgres-programs.ts';
import type { DatabasePlace, Settings } from '../settings.ts';
import { withPostgres } from '../with-postgres.ts';
import { highestProduct } from './highest-product.ts';
import { digestOf, syncFile, writeManifest, type BackupFile } from './manifest.ts';

/** Inventory first: what it knows of products, Products then has, too. */
const ORDER: readonly ServiceName[] = ['inventory', 'products'];

const ENDINGS: Readonly<Record<DatabaseKind, string>> = { sqlite: 'db', postgres: 'dump' };

/**
 * Copies both databases of a shop, which may go on selling, into a new or empty folder.
 *
 * @throws StartupError with one line; nothing is left of what was begun.
 */
export async function backUp(
  folder: string,
  { services }: Settings,
): Promise<readonly BackupFile[]> {
  for (const service of ORDER) await assertDatabase(service, services[service]);
  prepareFolder(folder);
  const files: BackupFile[] = [];
  try {
    for (const service of ORDER)
      files.push(await backUpService(service, services[service], folder));
    writeManifest(folder, files);
    return files;
  } catch (error) {
    for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { force: true });
    throw new StartupError(
      `No backup could be made in ${folder} (${errorCode(error)}). Nothing of it was kept, and the shop is as it was.`,
      { cause: error },
    );
  }
}

/** What can be known before anything is made: whether there is something, and the means. */
async function assertDatabase(service: ServiceName, place: DatabasePlace): Promise<void> {
  const { database: location, databaseSetting: setting } = place;
  const isThere =
    location.kind === 'sqlite'
      ? existsSync(location.path)
      : await withPostgres(service, { url: location.url, setting }, async (database) => {
          await assertProgram('pg_dump', database);
          return hasTable(database, manifest[service].database.firstTable);
        });
  if (isThere) return;
  throw new StartupError(
    `There is no database of ${service} at ${databaseName(location)}: nothing to back up.`,
  );
}

async function hasTable({ reads }: Postgres, name: string): Promise<boolean> {
  const tables = await reads.number(sql`select count(*) from information_schema.tables
    where table_schema = current_schema() and table_name = ${name}`);
  return tables > 0;
}

function prepareFolder(folder: string): void {
  try {
    makeWritableFolder(folder);
  } catch (error) {
    throw new StartupError(`The folder ${folder} can't be written (${errorCode(error)}).`);
  }
  tighten(folder);
  if (readdirSync(folder).length > 0)
    throw new StartupError(`${folder} isn't empty. A backup wants a folder of its own.`);
}

async function backUpService(
  service: ServiceName,
  { database: location, databaseSetting: setting }: DatabasePlace,
  folder: string,
): Promise<BackupFile> {
  const { kind } = location;
  const name = `${service}.${ENDINGS[kind]}`;
  const file = join(folder, name);
  const highest =
    kind === 'sqlite'
      ? await copyFile(service, location.path, file)
      : await withPostgres(service, { url: location.url, setting }, (database) =>
          database.snapshot((connection) => dump(service, connection, location.url, file)),
        );
  syncFile(file);
  const { size: bytes } = statSync(file);
  return { service, kind, name, bytes, sha256: await digestOf(file), highestProduct: highest };
}

/** Gives the highest id in the copy. */
async function copyFile(service: ServiceName, path: string, copy: string): Promise<number> {
  await copyDatabase(path, copy);
  const database = openSqlite(copy, { readOnly: true });
  try {
    return createSqliteConnection(database).number(highestProduct[service].sqlite);
  } finally {
    database.close();
  }
}

/** `connection` reads one state, and pg_dump reads the same. Gives the highest id in it. */
async function dump(
  service: ServiceName,
  connection: PostgresConnection,
  url: string,
  file: string,
): Promise<number> {
  // However long pg_dump takes, the state is kept.
  const [[snapshot, schema] = []] = await connection.rows(
    sql`select pg_export_snapshot(), current_schema(),
      set_config('idle_in_transaction_session_timeout', '0', true)`,
  );
  makePrivate(file);
  const args = ['--format=custom', '--no-owner', '--no-privileges', `--file=${file}`];
  await runProgram('pg_dump', [...args, `--schema=${schema}`, `--snapshot=${snapshot}`], url);
  return connection.number(highestProduct[service].postgres);
}
