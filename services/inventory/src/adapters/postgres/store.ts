import { fileURLToPath } from 'node:url';
import { createClock, type Clock } from '@anaquel/runtime';
import { createPostgresMigrations } from '@anaquel/runtime/migrations';
import {
  createPostgres,
  type Postgres,
  type PostgresLimits,
  type PostgresOptions,
} from '@anaquel/runtime/postgres';
import type { Store } from '../../application/ledger.ts';
import type { AuditReport } from '../../domain/audit.ts';
import { auditPostgres } from './audit.ts';
import { lastInstantOf } from './last-instant.ts';
import { createPostgresLedgerReader } from './ledger-reader.ts';
import { createPostgresLedger } from './ledger.ts';

export interface PostgresStoreOptions {
  readonly url: string;
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<PostgresLimits> | undefined;
}

/**
 * Opens a database that other replicas may have open, too.
 * @throws StartupError when this code can't work with it.
 */
export async function openPostgresStore({
  url,
  clock: given,
  limits = {},
}: PostgresStoreOptions): Promise<Store> {
  const database = await openDatabase({ url, limits });
  const clock = given ?? createClock({ notBefore: await lastInstantOf(database.reads) });
  const reader = createPostgresLedgerReader(database, clock);
  return {
    ledger: createPostgresLedger(database),
    reader,
    clock,
    async close() {
      await reader.close();
      await database.close();
    },
  };
}

/** Replays the ledger in a database, whether services run on it or not. Changes nothing. */
export async function verifyPostgresLedger(url: string): Promise<AuditReport> {
  const database = await openDatabase({ url });
  try {
    return await auditPostgres(database);
  } finally {
    await database.close();
  }
}

async function openDatabase(options: PostgresOptions): Promise<Postgres> {
  const database = createPostgres(options);
  const folder = fileURLToPath(new URL('../../../migrations/postgres', import.meta.url));
  try {
    await createPostgresMigrations({ database, folder, service: 'inventory' }).assertReadable();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
