import { fileURLToPath } from 'node:url';
import { textsOf, type ReadEventTexts } from '@anaquel/events';
import { createClock, endProcess, watchClock, type Clock } from '@anaquel/runtime';
import { createMigrations } from '@anaquel/runtime/migrations';
import {
  createSqliteConnection,
  lockDatabase,
  openSqlite,
  sqliteTables,
} from '@anaquel/runtime/sql';
import { createDeliveryStore, createWebhookRegister } from '@anaquel/webhooks';
import { eventsOfEntries } from '../../application/stock-event.ts';
import type { Store } from '../../application/store.ts';
import type { FastifyBaseLogger } from 'fastify';
import type { AuditReport } from '../../domain/audit.ts';
import { auditSqliteFile } from './audit.ts';
import { createKnownLevels } from './known-levels.ts';
import { lastInstantOf } from './last-instant.ts';
import { createSqliteLedgerReader } from './ledger-reader.ts';
import { createSqliteLedger } from './writer/ledger.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
  readonly clock?: Clock | undefined;
  /** How long to wait for another service that ends. */
  readonly lock?: { readonly patienceMs: number } | undefined;
}

/**
 * Opens a database for this service alone.
 * @throws StartupError when another service has it, or this code can't work with it.
 */
export async function openSqliteStore({
  path,
  log,
  clock: given,
  lock: patience,
}: SqliteStoreOptions): Promise<Store> {
  const lock = await lockDatabase(path, { service: 'inventory', ...patience });
  try {
    await assertDatabaseReady(path);
    const clock = given ?? createClock({ notBefore: lastInstantOf(path) });
    const knownLevels = createKnownLevels();
    const reader = createSqliteLedgerReader({
      path,
      clock,
      knownLevels,
      onSearchesDied: (error) =>
        log.warn({ err: error }, 'searches failed: their thread starts anew'),
    });
    const ledger = createSqliteLedger({
      path,
      knownLevels,
      // The next start finds out what was committed.
      onOutcomeUnknown: endProcess,
      onAdoptionFailed: (error) =>
        log.warn({ err: error }, 'records of an earlier release wait: they will be moved later'),
    });
    const webhookReads = openSqlite(path, { readOnly: true });
    const reads = createSqliteConnection(webhookReads);
    const { commitStatements: commit } = ledger;
    const readEvents = eventsOfEntries(reader.entriesAfter, reader.logId);
    const readTexts = textsOf(readEvents);
    const readRecent: ReadEventTexts = async (position, limit) =>
      (await ledger.recentTexts(await reader.logId(), position, limit)) ??
      readTexts(position, limit);
    const watch = watchClock(clock, log);
    return {
      ledger,
      reader,
      clock,
      webhooks: createWebhookRegister({ ...sqliteTables(reads), commit }),
      // The lock keeps all others away.
      startUpkeep: ({ begin }) =>
        begin(
          { readEvents, readTexts: readRecent },
          ledger.cursors,
          createDeliveryStore({ reads, commit, clock }),
        ),
      async close() {
        watch.stop();
        webhookReads.close();
        await reader.close();
        // Only a connection that writes can fold the write-ahead log into the database file when it
        // goes: so it goes last.
        await ledger.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Replays the ledger in a database, whether a service runs on it or not. Changes nothing. */
export async function verifySqliteLedger(path: string): Promise<AuditReport> {
  await assertDatabaseReady(path, { readOnly: true });
  return auditSqliteFile(path);
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
