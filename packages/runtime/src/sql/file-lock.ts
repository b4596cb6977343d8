import { rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { makePrivate } from '../process/private-files.ts';
import { assertFolderWritable } from './sqlite.ts';
import { sqliteCode } from './sqlite-commit.ts';
import { StartupError } from '../process/startup-error.ts';

/** Held until it is released, or until the process ends in whatever way. */
export interface FileLock {
  release(): void;
}

/** How often the file may be taken away by whoever lets go of it while one reaches for it. */
const MOST_ATTEMPTS = 100;

/**
 * Takes the lock that a file stands for, or gives null when another process, or another part of
 * this one, has it. The file is empty, and goes when the lock is released. It is SQLite's own lock,
 * which the system lets go of with the process: a file that a crash left means nothing.
 *
 * @throws the system's error, or SQLite's, when the file can't be made or is something else.
 */
export function tryLock(path: string): FileLock | null {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    makePrivate(path);
    const before = identityOf(path);
    const database = begin(path);
    if (database === null) return null;
    // A file that its last holder has removed meanwhile is no longer the one that others try.
    if (before !== null && identityOf(path) === before) {
      return {
        release: () => remove(path, database),
      };
    }
    database.close();
  }
  return null;
}

/** While it is held, so that it is not the file of the next holder that goes. */
function remove(path: string, database: DatabaseSync): void {
  if (process.platform !== 'win32') rmSync(path, { force: true });
  database.close();
  if (process.platform !== 'win32') return;
  try {
    // Windows removes no file that is open: neither before, nor that of the next holder.
    rmSync(path, { force: true });
  } catch {
    // It goes with the next one.
  }
}

/** A transaction that nobody else can begin meanwhile; null while somebody else has begun one. */
function begin(path: string): DatabaseSync | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // With its journal in memory nothing is written as long as nothing is committed, so that this
    // works on a full disk.
    database.exec('PRAGMA journal_mode=MEMORY; BEGIN IMMEDIATE');
    return database;
  } catch (error) {
    database.close();
    if (sqliteCode(error) === SQLITE_BUSY) return null;
    throw error;
  }
}

function identityOf(path: string): string | null {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return file ? `${file.dev} ${file.ino} ${file.birthtimeNs}` : null;
}

/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

export interface DatabaseLockOptions {
  /** What messages call the service. */
  readonly service: string;
  /** The service before may still be ending: how long to wait for it, in milliseconds. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 15_000;
const POLL_MS = 50;

/**
 * The lock of the one service that writes a database. Migrations that only add may run beside it;
 * whatever takes something away takes this lock first.
 *
 * @throws StartupError when another process still has it after `patienceMs`, or it can't be taken
 * at all.
 */
export async function lockDatabase(
  path: string,
  { service, patienceMs = PATIENCE_MS }: DatabaseLockOptions,
): Promise<FileLock> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const lock = tryLockDatabase(path);
    if (lock) return lock;
    if (performance.now() >= deadline) {
      throw new StartupError(
        `Another ${service} service runs on ${path}. Stop it first, or point DATABASE_URL elsewhere.`,
      );
    }
    await delay(POLL_MS);
  }
}

/** The same without waiting: null while a service has it. */
export function tryLockDatabase(path: string): FileLock | null {
  assertFolderWritable(dirname(path));
  const file = `${path}.lock`;
  try {
    return tryLock(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `The lock ${file} can't be taken: ${reason}. Make it and its folder writable, or point DATABASE_URL elsewhere.`,
      { cause: error },
    );
  }
}
