import { resolve } from 'node:path';
import { createClock, remembered } from '@anaquel/runtime';
import { openServiceDatabase, type PostgresOptions } from '@anaquel/runtime/postgres';
import { readLogId, sql } from '@anaquel/runtime/sql';
import type { Store, StoreListener } from '../../application/store.ts';
import { lastInstantOf } from '../sql/last-instant.ts';
import { createProductTags } from '../sql/product-tags.ts';
import { findShopId } from '../sql/shop-id.ts';
import { createPostgresProductStore } from './product-store.ts';
import { createPostgresRelayCursors } from './relay-cursors.ts';
import { createPostgresTextRefresh } from './text-refresh.ts';

export const postgresMigrations = resolve(import.meta.dirname, '../../../migrations/postgres');

/**
 * Opens a database that other replicas may use, too. It may be out of reach for now.
 * @throws StartupError when a person has to mend something.
 */
export async function openPostgresStore(
  options: PostgresOptions,
  listener: StoreListener,
): Promise<Store> {
  const database = await openServiceDatabase({
    ...options,
    service: 'products',
    migrationsFolder: postgresMigrations,
  });
  const { reads } = database;
  return {
    products: createPostgresProductStore({ database, ...listener }),
    tags: createProductTags(reads),
    cursors: createPostgresRelayCursors(database),
    refreshTexts: createPostgresTextRefresh(database),
    clock: createClock({ notBefore: await lastInstantOf(reads).catch(() => null) }),
    logId: remembered(() => readLogId(reads)),
    shopId: remembered(() => findShopId(reads)),
    ping: async () => void (await reads.number(sql`select position from log_head`)),
    close: () => database.close(),
  };
}
