import { PATIENT } from '@anaquel/runtime/postgres-server';
import { openPostgresStore } from '../src/adapters/postgres/store.ts';
import { openSqliteStore } from '../src/adapters/sqlite/store.ts';
import type { Store, StoreListener } from '../src/application/store.ts';
import {
  createProductPlace,
  STORE,
  type PlaceOptions,
  type ProductPlace,
} from './product-place.ts';

export type TestStore = Store & Pick<ProductPlace, 'run' | 'url'>;

/** The kinds of database on which a store must be right in this run. */
export const kinds: readonly { readonly name: string; readonly options: PlaceOptions }[] =
  STORE === 'sqlite'
    ? [{ name: 'on SQLite', options: {} }]
    : [
        { name: 'on PostgreSQL', options: {} },
        { name: 'on PostgreSQL, serializable', options: { isolation: 'serializable' } },
      ];

/** The store of a new database; closing it removes it. */
export async function openStore(
  options: PlaceOptions = {},
  listener: Partial<StoreListener> = {},
): Promise<TestStore> {
  const place = await createProductPlace(options);
  const store = await connectTo(place.url, listener);
  return {
    ...store,
    url: place.url,
    run: place.run,
    async close() {
      await store.close();
      await place.remove();
    },
  };
}

/** The store of a database that others may have open, too. */
function connectTo(url: string, listener: Partial<StoreListener> = {}): Promise<Store> {
  const told = { log: { warn() {} }, onChange() {}, onUnavailable: fail, ...listener };
  return url.startsWith('file:')
    ? openSqliteStore({ path: url.slice('file:'.length), ...told })
    : openPostgresStore({ url, limits: PATIENT, ...told });
}

function fail(error: unknown): never {
  throw error;
}
