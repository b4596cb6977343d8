import { fileURLToPath } from 'node:url';
import { createMigrations } from '@anaquel/runtime/migrations';
import { lockDatabase, openSqlite, type FileLock } from '@anaquel/runtime/sql';
import type { AuditReport } from '../../domain/audit.ts';
import { auditSqliteFile } from './audit.ts';

/** Replays the ledger in a database, whether a service runs on it or not. Changes nothing. */
export async function verifyLedger(config: {
  readonly database: { readonly path: string };
}): Promise<AuditReport> {
  const { path } = config.database;
  await assertDatabaseReady(path, { readOnly: true });
  return auditSqliteFile(path);
}

/** Locks a database that this code can work with, until its service has closed. */
export async function takeDatabase(
  path: string,
  options?: { readonly patienceMs: number },
): Promise<FileLock> {
  const lock = await lockDatabase(path, { service: 'inventory', ...options });
  try {
    await assertDatabaseReady(path);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** @throws StartupError when this code can't work with the database. */
async function assertDatabaseReady(
  path: string,
  options: { readOnly?: boolean } = {},
): Promise<void> {
  const database = openSqlite(path, options);
  try {
    const folder = fileURLToPath(new URL('../../../migrations/sqlite', import.meta.url));
    await createMigrations({ database, folder, service: 'inventory' }).assertReadable();
  } finally {
    database.close();
  }
}
