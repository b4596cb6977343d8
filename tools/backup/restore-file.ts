import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { makePrivate, makeWritableFolder, StartupError } from '@anaquel/runtime';
import { openSqlite, renewLog, tryLockDatabase, type FileLock } from '@anaquel/runtime/sql';
import type { ServiceName } from '../../services/manifest.ts';
import { errorCode } from '../error-code.ts';
import { syncFile } from './manifest.ts';
import { DatabaseThereError, type Restoration } from './restoration.ts';

/**
 * Copies a file of a backup beside the place where it is wanted.
 * @throws StartupError when a service runs there, or something is there already.
 */
export function restoreFile(service: ServiceName, from: string, to: string): Restoration {
  const lock = take(service, to);
  const draft = `${to}.restoring`;
  const restoration: Restoration = {
    async publish() {
      renameSync(draft, to);
      syncFile(dirname(to));
    },
    async end() {
      remove(draft);
      lock.release();
    },
  };
  try {
    // What an earlier restore left would be taken for a part of this one.
    remove(draft);
    copy(service, from, draft);
    return restoration;
  } catch (error) {
    void restoration.end();
    throw error;
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
  throw new DatabaseThereError(
    `${path} is there already. Move it away, or set DATA_DIR to an empty folder. Nothing was restored.`,
  );
}

function remove(path: string): void {
  for (const part of ['', '-wal', '-shm']) rmSync(path + part, { force: true });
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
