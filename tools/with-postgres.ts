import { asStartupError, createPostgres, type Postgres } from '@anaquel/runtime/postgres';
import { sql } from '@anaquel/runtime/sql';
import type { ServiceName } from '../services/manifest.ts';
import type { DatabasePlace } from './settings.ts';

/** A command is for a person, who has more patience than a request. */
const LIMITS = { connectMs: 10_000, statementMs: 60_000, transactionMs: 60_000 };
/** The command's own work, and connections beside it. */
const POOL_SIZE = 4;

/** A database on a PostgreSQL server, and the setting that has its address. */
export interface PostgresPlace {
  readonly url: string;
  readonly setting: string;
}

/**
 * Lends the database of a service to `work`.
 * @throws StartupError with one line when it can't be used.
 */
export async function withPostgres<Result>(
  service: ServiceName,
  { url, setting }: PostgresPlace,
  work: (database: Postgres) => Promise<Result>,
): Promise<Result> {
  const database = createPostgres({ url, poolSize: POOL_SIZE, limits: LIMITS });
  try {
    return await work(database);
  } catch (error) {
    throw asStartupError(error, { service, setting });
  } finally {
    await database.close();
  }
}

/** @throws StartupError with one line when the database is on a server that can't be used. */
export async function assertReachable(
  service: ServiceName,
  { database, databaseSetting: setting }: DatabasePlace,
): Promise<void> {
  if (database.kind === 'sqlite') return;
  await withPostgres(service, { url: database.url, setting }, ({ reads }) =>
    reads.rows(sql`select 1`),
  );
}
