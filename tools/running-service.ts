import { setTimeout as delay } from 'node:timers/promises';
import { databaseName, StartupError } from '@anaquel/runtime';
import { isLeaseHeld, type Postgres } from '@anaquel/runtime/postgres';
import { tryLockDatabase } from '@anaquel/runtime/sql';
import type { ServiceName } from '../services/manifest.ts';
import type { DatabasePlace } from './settings.ts';
import { withPostgres } from './with-postgres.ts';

/** One replica has the lease, and when that ends another takes it over within this time. */
const TAKEOVER_MS = 1_000;

/**
 * Does `work` that no service may run beside. A file is locked meanwhile, so that none can start.
 * On PostgreSQL a service is known by its leases: one that starts meanwhile is not kept from it.
 *
 * @throws StartupError when a service runs on the database. `why` says what that would lead to.
 */
export async function whileNoServiceRuns<Result>(
  service: ServiceName,
  { database, databaseSetting: setting }: DatabasePlace,
  why: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const runs = (patience: string) =>
    new StartupError(
      `The ${service} service runs on ${databaseName(database)}, and ${why}: stop it first${patience}. Nothing was changed.`,
    );
  if (database.kind === 'postgres') {
    const { url } = database;
    if (await withPostgres(service, { url, setting }, holdsLease))
      throw runs(' (one that was killed counts as running for a few seconds)');
    return work();
  }
  const lock = tryLockDatabase(database.path);
  if (lock === null) throw runs('');
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function holdsLease({ reads }: Postgres): Promise<boolean> {
  if (await isLeaseHeld(reads)) return true;
  await delay(TAKEOVER_MS);
  return isLeaseHeld(reads);
}
