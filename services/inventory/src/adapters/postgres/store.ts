import { fileURLToPath } from 'node:url';
import { createPostgresRelayCursors } from '@anaquel/events';
import type { Clock } from '@anaquel/runtime';
import { createPostgresMigrations } from '@anaquel/runtime/migrations';
import {
  asStartupError,
  createPostgres,
  openServiceDatabase,
  startLeasedTask,
  startServerClock,
  type Postgres,
  type PostgresOptions,
  type ServerClock,
} from '@anaquel/runtime/postgres';
import type { FastifyBaseLogger } from 'fastify';
import { LedgerUnavailableError, type Ledger } from '../../application/ledger.ts';
import type { Store } from '../../application/store.ts';
import type { AuditReport } from '../../domain/audit.ts';
import { auditPostgres } from './audit.ts';
import { lastInstantOf } from './last-instant.ts';
import { createPostgresLedgerReader } from './ledger-reader.ts';
import { createPostgresLedger } from './ledger.ts';

const SERVICE = 'inventory';
const MIGRATIONS = fileURLToPath(new URL('../../../migrations/postgres', import.meta.url));

export interface PostgresStoreOptions extends PostgresOptions {
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
  readonly clock?: Clock | undefined;
}

/**
 * Opens a database that other replicas may have open, too. It may be out of reach for now.
 * @throws StartupError when a person has to mend something.
 */
export async function openPostgresStore({
  log,
  clock: given,
  ...options
}: PostgresStoreOptions): Promise<Store> {
  const database = await openServiceDatabase({
    ...options,
    service: SERVICE,
    migrationsFolder: MIGRATIONS,
  });
  const time = given ? fixedTime(given) : await startTime(database, log);
  const reader = createPostgresLedgerReader(database, time.clock);
  return {
    ledger: inKnownTime(createPostgresLedger(database), time),
    reader: {
      ...reader,
      async ping() {
        await reader.ping();
        assertKnown(time);
      },
    },
    clock: time.clock,
    startUpkeep: ({ begin, onError }) =>
      startLeasedTask({
        database,
        lease: 'upkeep',
        begin: (term) => begin(createPostgresRelayCursors(database, term)),
        onError,
      }),
    async close() {
      time.stop();
      await reader.close();
      await database.close();
    },
  };
}

/**
 * Replays the ledger in a database, whether services run on it or not. Changes nothing.
 * @throws StartupError when it can't be read.
 */
export async function verifyPostgresLedger(url: string): Promise<AuditReport> {
  const database = createPostgres({ url });
  try {
    const migrations = createPostgresMigrations({ database, folder: MIGRATIONS, service: SERVICE });
    await migrations.assertReadable();
    return await auditPostgres(database);
  } catch (error) {
    throw asStartupError(error, { service: SERVICE, setting: 'DATABASE_URL' });
  } finally {
    await database.close();
  }
}

function startTime(database: Postgres, log: Pick<FastifyBaseLogger, 'warn'>): Promise<ServerClock> {
  return startServerClock({ database, log, lastInstant: () => lastInstantOf(database.reads) });
}

function fixedTime(clock: Clock): ServerClock {
  return { clock, status: 'ok', stop: () => {} };
}

/** Records nothing while the instants of commands may be wrong. */
function inKnownTime(ledger: Ledger, time: ServerClock): Ledger {
  return {
    ...ledger,
    async commitBatch(commands) {
      assertKnown(time);
      return ledger.commitBatch(commands);
    },
    async pruneRecords(before, limit) {
      assertKnown(time);
      return ledger.pruneRecords(before, limit);
    },
  };
}

function assertKnown({ status }: Pick<ServerClock, 'status'>): void {
  if (status === 'failed')
    throw new LedgerUnavailableError('The time of the database server is not known');
}
