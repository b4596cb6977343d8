import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createClock, endProcess, remembered, watchClock, type Clock } from '@anaquel/runtime';
import { createMigrations } from '@anaquel/runtime/migrations';
import {
  createSqliteConnection,
  createSqliteWriter,
  lockDatabase,
  openSqlite,
  readLogId,
  sql,
  sqliteTables,
  type CommitStatements,
  type SqliteWriter,
} from '@anaquel/runtime/sql';
import { createDeliveryStore, createWebhookRegister } from '@anaquel/webhooks';
import type { FastifyBaseLogger } from 'fastify';
import type { Store, StoreListener } from '../../application/store.ts';
import { lastInstantOf } from '../sql/last-instant.ts';
import { createPriceChanges } from '../sql/price-changes.ts';
import { createPictures, createPictureSweep } from '../sql/pictures.ts';
import { createProductTags } from '../sql/product-tags.ts';
import { readChanges } from '../sql/read-changes.ts';
import { findShopId } from '../sql/shop-id.ts';
import { createSqliteProductStore } from './product-store.ts';
import { createSqliteRelayCursors } from './relay-cursors.ts';
import { createFoundProducts } from './found-products.ts';
import { startProductSearches } from './product-searches.ts';
import { isUnavailable, StoreUnavailableError } from './store-failures.ts';
import { createSqliteTextRefresh } from './text-refresh.ts';

export const sqliteMigrations = resolve(import.meta.dirname, '../../../migrations/sqlite');

/**
 * How long a change waits for another process that writes. It blocks the whole service: while
 * another process holds the file, what only reads must not stand still for long.
 */
const BUSY_TIMEOUT_MS = 1_000;

export interface SqliteStoreOptions extends StoreListener {
  readonly path: string;
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
  readonly clock?: Clock | undefined;
  /** How long to wait for another service that ends. */
  readonly lock?: { readonly patienceMs: number } | undefined;
}

/**
 * Opens a database file for this service alone.
 * @throws StartupError when another service holds it, or this code can't work with it.
 */
export async function openSqliteStore({
  path,
  log,
  clock: given,
  lock: patience,
  ...listener
}: SqliteStoreOptions): Promise<Store> {
  const lock = await lockDatabase(path, { service: 'products', ...patience });
  const database = openConnection(path);
  // In WAL mode it sees what is committed and waits for no transaction of the other.
  const readDatabase = openConnection(path, { readOnly: true });

  const reads = createSqliteConnection(readDatabase);
  const found = createFoundProducts(reads);
  const searches = startProductSearches(path, { reads, found }, (error) =>
    log.warn({ err: error }, 'searches failed: their thread starts anew'),
  );

  async function close(): Promise<void> {
    await searches.close();
    // The last connection to close tidies the log away, which takes one that writes.
    readDatabase.close();
    database.close();
    lock.release();
  }

  try {
    const folder = sqliteMigrations;
    await createMigrations({ database, folder, service: 'products' }).assertReadable();
    // The next start finds out what was committed.
    const writer = createSqliteWriter(database, {
      onOutcomeUnknown: endProcess,
      onCommit: found.forget,
    });
    const cursors = createSqliteRelayCursors(reads, writer);
    const clock = given ?? createClock({ notBefore: await lastInstantOf(reads) });
    const commit = statementCommits(writer, listener);
    const watch = watchClock(clock, log);
    return {
      products: createSqliteProductStore({ writer, reads, searches, found, ...listener }),
      tags: createProductTags(reads),
      refreshTexts: createSqliteTextRefresh(reads, writer),
      priceChanges: createPriceChanges(sqliteTables(reads)),
      pictures: createPictures({ reads, commit }),
      sweepPictures: createPictureSweep(commit),
      webhooks: createWebhookRegister({ ...sqliteTables(reads), commit }),
      clock,
      logId: remembered(() => readLogId(reads)),
      shopId: remembered(() => findShopId(reads)),
      ping: async () => void reads.number(sql`select position from log_head where only = 1`),
      tryToWrite: () => cursors.save('write-check', 0),
      // The lock keeps all others away.
      startUpkeep: ({ begin }) =>
        begin(
          (position, limit) => readChanges(reads, position, limit),
          cursors,
          createDeliveryStore({ reads, commit, clock }),
        ),
      async close() {
        watch.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function statementCommits(
  writer: SqliteWriter,
  { onUnavailable }: StoreListener,
): CommitStatements {
  return async (statements) => {
    try {
      return await writer.transaction(async (connection) =>
        statements.map((statement) => connection.rows(statement)),
      );
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      onUnavailable(error);
      throw new StoreUnavailableError(error);
    }
  };
}

function openConnection(path: string, options?: { readOnly: boolean }): DatabaseSync {
  const database = openSqlite(path, options);
  database.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
  return database;
}
