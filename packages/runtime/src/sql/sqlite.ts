import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makePrivate, makeWritableFolder, tighten } from '../process/private-files.ts';
import { StartupError } from '../process/startup-error.ts';

/**
 * Fixes a corruption of WAL databases that older ones may cause when a checkpoint and a write meet.
 */
const MINIMUM_VERSION = [3, 51, 3] as const;

/** How long a connection waits for another one's write. */
export const BUSY_TIMEOUT_MS = 5_000;

/** `PRAGMA synchronous` answers with numbers: https://sqlite.org/pragma.html#pragma_synchronous */
const SYNCHRONOUS_FULL = 2;

/**
 * Opens a database file as every connection of the product needs it: WAL, each acknowledged commit
 * on the disk (`synchronous=FULL`, read back from the live connection), foreign keys on, 5 s of
 * patience with other writers. The folder is made when missing, and the files are their owner's
 * alone. With `readOnly` nothing is created or changed and the file must exist.
 *
 * @throws StartupError when the file or its folder can't be used; the line names it and the
 * setting.
 */
export function openSqlite(path: string, options: { readOnly?: boolean } = {}): DatabaseSync {
  const readOnly = options.readOnly ?? false;
  if (readOnly) assertFileExists(path);
  else assertFolderWritable(dirname(path));

  let database: DatabaseSync | undefined;
  try {
    if (!readOnly) keepPrivate(path);
    database = new DatabaseSync(path, {
      readOnly,
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
    });
    assertVersion(database);
    if (readOnly) database.prepare('SELECT count(*) FROM sqlite_schema').get();
    else makeDurable(database);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `The database ${path} can't be opened: ${reason(error)}. Check the file, or point DATABASE_URL elsewhere.`,
      { cause: error },
    );
  }
}

/** SQLite gives the files beside a new database the mode of the database. */
function keepPrivate(path: string): void {
  makePrivate(path);
  for (const suffix of ['-wal', '-shm']) tighten(path + suffix);
}

function assertFileExists(path: string): void {
  if (!existsSync(path))
    throw new StartupError(
      `There is no database at ${path}. Start the service once, or correct DATABASE_URL.`,
    );
}

/** @throws StartupError that names the settings. */
export function assertFolderWritable(folder: string): void {
  try {
    makeWritableFolder(folder);
  } catch (error) {
    throw new StartupError(
      `The data folder ${folder} can't be written (${reason(error)}). Make it writable, or set DATABASE_URL or DATA_DIR to a folder that is.`,
      { cause: error },
    );
  }
}

function assertVersion(database: DatabaseSync): void {
  const text = String(single(database, 'SELECT sqlite_version()'));
  if (!atLeast(text, MINIMUM_VERSION)) {
    throw new StartupError(
      `SQLite ${text} is too old: ${MINIMUM_VERSION.join('.')} or newer is needed. Run with the Node version of the lockfile.`,
    );
  }
}

/** Compares dotted version numbers, missing parts counting as 0. */
export function atLeast(version: string, minimum: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of minimum.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

function makeDurable(database: DatabaseSync): void {
  enterWal(database);
  database.exec('PRAGMA synchronous=FULL');
  if (single(database, 'PRAGMA synchronous') !== SYNCHRONOUS_FULL) {
    throw new StartupError(
      'SQLite refused synchronous=FULL, so a sale might not survive a power cut. Nothing was started.',
    );
  }
  if (single(database, 'PRAGMA foreign_keys') !== 1)
    throw new StartupError('SQLite refused foreign_keys=ON. Nothing was started.');
}

/**
 * Two processes that convert one new file at the same time can meet SQLITE_BUSY, for which SQLite
 * does not wait here; the loser only has to look again.
 */
function enterWal(database: DatabaseSync): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const mode = single(database, 'PRAGMA journal_mode=WAL');
      if (mode === 'wal') return;
      throw new StartupError(
        `SQLite answered journal mode "${String(mode)}" instead of "wal": the folder's file system may not support it.`,
      );
    } catch (error) {
      if (error instanceof StartupError || attempt === 40) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

function single(database: DatabaseSync, sql: string): unknown {
  return Object.values(database.prepare(sql).get() ?? {})[0];
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' && error.code !== 'ERR_SQLITE_ERROR'
    ? error.code
    : error.message;
}
