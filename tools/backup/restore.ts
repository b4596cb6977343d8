import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makePrivate, makeWritableFolder, StartupError } from '@anaquel/runtime';
import {
  createSqliteConnection,
  openSqlite,
  renewLog,
  sql,
  tryLockDatabase,
  type FileLock,
  type Sql,
} from '@anaquel/runtime/sql';
import { serviceNames, type ServiceName } from '../../services/manifest.ts';
import { errorCode } from '../error-code.ts';
import { databaseFile, type Settings } from '../settings.ts';
import { digestOf, readManifest, syncFile } from './manifest.ts';

/**
 * Puts the databases of a backup where the settings want them. Their logs get new ids and their
 * relays begin anew: the shop may have published events after the backup whose positions now come
 * again for others.
 *
 * Returns their paths.
 *
 * @throws StartupError with one line; no database is there then.
 */
export async function restore(folder: string, { services }: Settings): Promise<readonly string[]> {
  const { files } = readManifest(folder);
  for (const { name, sha256 } of files) {
    const path = join(folder, name);
    if (!existsSync(path) || (await digestOf(path)) !== sha256)
      throw new StartupError(`${path} isn't what was backed up: it is missing or was changed.`);
  }
  const paths = serviceNames.map((service) => {
    const name = files.find((file) => file.service === service)?.name ?? '';
    return { service, from: join(folder, name), to: databaseFile(services[service]) };
  });
  assertPair(folder, (service) => paths.find((one) => one.service === service)?.from ?? '');

  const locks: FileLock[] = [];
  const drafts = paths.map(({ to }) => `${to}.restoring`);
  try {
    for (const { service, to } of paths) locks.push(take(service, to));
    for (const { service, from, to } of paths) copy(service, from, `${to}.restoring`);
    for (const { to } of paths) renameSync(`${to}.restoring`, to);
    for (const { to } of paths) syncFile(dirname(to));
    return paths.map(({ to }) => to);
  } finally {
    for (const draft of drafts)
      for (const end of ['', '-wal', '-shm']) rmSync(draft + end, { force: true });
    for (const lock of locks) lock.release();
  }
}

/** Products gives no id twice only if its highest is at least what Inventory has seen. */
function assertPair(folder: string, pathOf: (service: ServiceName) => string): void {
  const known = highest(pathOf('inventory'), sql`select coalesce(max(product_id), 0) from levels`);
  const given = highest(
    pathOf('products'),
    sql`select coalesce(max(seq), 0) from sqlite_sequence where name = 'products'`,
  );
  if (known <= given) return;
  throw new StartupError(
    `The databases in ${folder} don't belong together: Inventory knows product ${known}, and Products has given ids up to ${given}. Nothing was restored.`,
  );
}

function highest(path: string, query: Sql): number {
  const database = openSqlite(path, { readOnly: true });
  try {
    return createSqliteConnection(database).number(query);
  } finally {
    database.close();
  }
}

function take(service: ServiceName, path: string): FileLock {
  makeWritableFolder(dirname(path));
  const lock = tryLockDatabase(path);
  if (lock === null)
    throw new StartupError(
      `The ${service} service runs on ${path}: stop it first. Nothing was restored.`,
    );
  if (!existsSync(path) && !existsSync(`${path}-wal`)) return lock;
  lock.release();
  throw new StartupError(
    `${path} is there already. Move it away, or set DATA_DIR to an empty folder. Nothing was restored.`,
  );
}

function copy(service: ServiceName, from: string, to: string): void {
  try {
    makePrivate(to);
    copyFileSync(from, to);
    const database = openSqlite(to);
    try {
      renewLog(database);
    } finally {
      database.close();
    }
    syncFile(to);
  } catch (error) {
    throw new StartupError(
      `The database of ${service} can't be written to ${to} (${errorCode(error)}). Nothing was restored.`,
      { cause: error },
    );
  }
}
