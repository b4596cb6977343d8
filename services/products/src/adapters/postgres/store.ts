import { resolve } from 'node:path';
import { createPostgresRelayCursors } from '@anaquel/events';
import { remembered, type Clock } from '@anaquel/runtime';
import {
  inKnownTime,
  openServiceDatabase,
  startLeasedTask,
  startServerClock,
  type PostgresOptions,
} from '@anaquel/runtime/postgres';
import { postgresTables, readLogId, sql, type CommitStatements } from '@anaquel/runtime/sql';
import { createDeliveryStore, createWebhookRegister } from '@anaquel/webhooks';
import type { FastifyBaseLogger } from 'fastify';
import type { Store, StoreListener } from '../../application/store.ts';
import { lastInstantOf } from '../sql/last-instant.ts';
import { createPriceChanges } from '../sql/price-changes.ts';
import { createPictures, createPictureSweep } from '../sql/pictures.ts';
import { createProductTags } from '../sql/product-tags.ts';
import { readChanges } from '../sql/read-changes.ts';
import { findShopId } from '../sql/shop-id.ts';
import { createPostgresProductStore } from './product-store.ts';
import { createPostgresTextRefresh } from './text-refresh.ts';

export const postgresMigrations = resolve(import.meta.dirname, '../../../migrations/postgres');

export interface PostgresStoreOptions extends PostgresOptions, StoreListener {
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
  onChange,
  onUnavailable,
  ...options
}: PostgresStoreOptions): Promise<Store> {
  const database = await openServiceDatabase({
    ...options,
    service: 'products',
    migrationsFolder: postgresMigrations,
  });
  const { reads } = database;
  const time = await startServerClock({ database, log, clock, lastInstant: lastInstantOf });
  const inTime = inKnownTime(database, time);
  const commit: CommitStatements = (statements) =>
    inTime.transaction((transaction) => transaction.commit(...statements));
  return {
    products: createPostgresProductStore({
      database: inTime,
      onChange,
      onUnavailable,
    }),
    tags: createProductTags(reads),
    refreshTexts: createPostgresTextRefresh(database),
    priceChanges: createPriceChanges(postgresTables(reads)),
    pictures: createPictures({ reads, commit }),
    sweepPictures: createPictureSweep(commit),
    webhooks: createWebhookRegister({ ...postgresTables(reads), commit }),
    clock: time.clock,
    logId: remembered(() => readLogId(reads)),
    shopId: remembered(() => findShopId(reads)),
    async ping() {
      await reads.number(sql`select position from log_head`);
      time.assertKnown();
    },
    tryToWrite: () => database.barrier(),
    startUpkeep: ({ begin, onError }) =>
      startLeasedTask({
        database,
        lease: 'upkeep',
        begin: (term) =>
          begin(
            (position, limit) => term.confirmed((each) => readChanges(each, position, limit)),
            createPostgresRelayCursors(database, term),
            createDeliveryStore({
              reads,
              commit: (statements) =>
                database.transaction(async (transaction) => {
                  await term.keep(transaction);
                  return transaction.commit(...statements);
                }),
              clock: time.clock,
            }),
          ),
        onError,
      }),
    async close() {
      time.stop();
      await database.close();
    },
  };
}
