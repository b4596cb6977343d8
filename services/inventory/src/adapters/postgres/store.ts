import { fileURLToPath } from 'node:url';
import { createPostgresRelayCursors, textsOf } from '@anaquel/events';
import type { Clock } from '@anaquel/runtime';
import { createPostgresMigrations } from '@anaquel/runtime/migrations';
import {
  asStartupError,
  createPostgres,
  inKnownTime,
  openServiceDatabase,
  startLeasedTask,
  startServerClock,
  type PostgresOptions,
} from '@anaquel/runtime/postgres';
import { postgresTables } from '@anaquel/runtime/sql';
import { createDeliveryStore, createWebhookRegister } from '@anaquel/webhooks';
import type { FastifyBaseLogger } from 'fastify';
import { eventsOfEntries } from '../../application/stock-event.ts';
import type { Store } from '../../application/store.ts';
import type { AuditReport } from '../../domain/audit.ts';
import { auditPostgres } from './audit.ts';
import { lastInstantOf } from './last-instant.ts';
import { createPostgresLedgerReader } from './ledger-reader.ts';
import { createPostgresLedger } from './ledger.ts';
import { readNextEntries } from './next-entries.ts';

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
  clock,
  ...options
}: PostgresStoreOptions): Promise<Store> {
  const database = await openServiceDatabase({
    ...options,
    service: SERVICE,
    migrationsFolder: MIGRATIONS,
  });
  const time = await startServerClock({ database, log, clock, lastInstant: lastInstantOf });
  const inTime = inKnownTime(database, time);
  const reader = createPostgresLedgerReader(database, time.clock);
  const ledger = createPostgresLedger(inTime);
  return {
    ledger,
    reader: {
      ...reader,
      async ping() {
        await reader.ping();
        time.assertKnown();
      },
    },
    clock: time.clock,
    webhooks: createWebhookRegister({
      ...postgresTables(database.reads),
      commit: (statements) =>
        inTime.transaction((transaction) => transaction.commit(...statements)),
    }),
    startUpkeep: ({ begin, onError }) =>
      startLeasedTask({
        database,
        lease: 'upkeep',
        begin(term) {
          const readEvents = eventsOfEntries(
            (position, limit) =>
              term.confirmed((reads) =>
                readNextEntries(reads, ledger.recentEntries, position, limit),
              ),
            reader.logId,
          );
          return begin(
            { readEvents, readTexts: textsOf(readEvents) },
            createPostgresRelayCursors(database, term),
            createDeliveryStore({
              reads: database.reads,
              commit: (statements) =>
                database.transaction(async (transaction) => {
                  await term.keep(transaction);
                  return transaction.commit(...statements);
                }),
              clock: time.clock,
            }),
          );
        },
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
