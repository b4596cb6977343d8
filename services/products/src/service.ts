import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createConsolePublisher, startRelay } from '@anaquel/events';
import type { Publisher } from '@anaquel/events';
import { jsonApiRoutes } from '@anaquel/jsonapi';
import {
  createClock,
  createKeyring,
  createLinkBases,
  createServer,
  createWriteHealth,
  endProcess,
  standardOutput,
  watchClock,
  warnOfWeakSettings,
} from '@anaquel/runtime';
import type { Clock, Readiness, WriteHealth, ServerOptions } from '@anaquel/runtime';
import { createMigrations } from '@anaquel/runtime/migrations';
import {
  createSqliteConnection,
  createSqliteWriter,
  lockDatabase,
  openSqlite,
  sql,
  type SqliteConnection,
} from '@anaquel/runtime/sql';
import type { FastifyInstance } from 'fastify';
import { allScopes, publicScopes, realm, services } from '../../manifest.ts';
import packageJson from '../package.json' with { type: 'json' };
import { lastInstantOf } from './adapters/sqlite/last-instant.ts';
import { createSqliteProductStore } from './adapters/sqlite/product-store.ts';
import { createSqliteProductTags } from './adapters/sqlite/product-tags.ts';
import { createSqliteRelayCursors } from './adapters/sqlite/relay-cursors.ts';
import { findShopId } from './adapters/sqlite/shop-id.ts';
import { createSqliteTextRefresh } from './adapters/sqlite/text-refresh.ts';
import { readProductEvents } from './application/product-event.ts';
import { startTextUpkeep } from './application/text-upkeep.ts';
import type { Config } from './config.ts';
import { classicRoutes } from './http/classic/classic-routes.ts';
import { internalRoutes } from './http/internal.ts';
import { productProblem } from './http/problems.ts';
import { productEventRoutes } from './http/product-events.ts';
import { productTagRoutes } from './http/product-tags/product-tag-routes.ts';
import { productOperationRoutes } from './http/products/product-operations.ts';
import { productRoutes } from './http/products/product-routes.ts';

/** How long a change waits for another process that writes. */
const BUSY_TIMEOUT_MS = 1_000;

export const migrationsFolder = resolve(import.meta.dirname, '../migrations');

/** What tests put in the place of the world outside. */
export interface Overrides {
  clock?: Clock;
  publisher?: Publisher;
  logStream?: NonNullable<ServerOptions['logStream']>;
  /** How long to wait for another service that ends. */
  lock?: { readonly patienceMs: number };
}

export interface ProductsService {
  app: FastifyInstance;
  /** Resolves with the address. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

const DESCRIPTION =
  'The catalogue: what is sold, and at which price. The canonical API below `/api/v1` is JSON:API 1.1; the classic API at the root takes plain JSON too. ' +
  'Every change is in the feed of product events.';

const TAGS = [
  { name: 'Products', description: 'What is sold, and at which price' },
  { name: 'Product events', description: 'Every change, as a feed of CloudEvents' },
  {
    name: 'Classic',
    description:
      'The API of older clients: tolerant bodies, answers with every name that they read',
  },
  { name: 'Internal', description: 'For other services' },
];

/**
 * The composition root: the one place that knows every adapter.
 * @throws StartupError when the database or the keys can't be used.
 */
export async function createService(
  config: Config,
  overrides: Overrides = {},
): Promise<ProductsService> {
  const { publisher = createConsolePublisher(standardOutput()), logStream } = overrides;
  const keyring = createKeyring({
    master: { name: 'products', key: config.apiKey },
    scopes: services.products.scopes,
    otherScopes: allScopes,
    keysFile: config.keysFile,
    anonymousScopes: config.anonymousScopes,
  });
  const { path } = config.database;
  const lock = await lockDatabase(path, { service: 'products', ...overrides.lock });
  const database = openDatabase(path);
  // In WAL mode it sees what is committed and waits for no transaction of the other.
  const readDatabase = openDatabase(path, { readOnly: true });
  function closeDatabase(): void {
    // The last connection to close tidies the log away, which takes one that writes.
    readDatabase.close();
    database.close();
    lock.release();
  }
  try {
    await createMigrations({
      database,
      folder: migrationsFolder,
      service: 'products',
    }).assertReadable();
    const reads = createSqliteConnection(readDatabase);
    // The next start finds out what was committed.
    const writer = createSqliteWriter(database, { onOutcomeUnknown: endProcess });
    const clock = overrides.clock ?? createClock({ notBefore: lastInstantOf(reads) });
    const store = createSqliteProductStore({
      writer,
      reads,
      onChange() {
        writeHealth.committed();
        relay.wake();
      },
      onUnavailable(error) {
        writeHealth.failed();
        app.log.error({ err: error }, 'no product can be changed');
      },
    });
    const cursors = createSqliteRelayCursors(reads, writer);
    const writeHealth = createWriteHealth({
      tryToWrite: () => cursors.save('write-check', 0),
      // Each try stands still for as long as another process holds the file, up to BUSY_TIMEOUT_MS.
      everyMs: 5 * BUSY_TIMEOUT_MS,
    });
    const app = await createServer({
      ...config,
      name: 'products',
      title: 'Anaquel Products',
      version: packageJson.version,
      description: DESCRIPTION,
      keyring,
      realm,
      clock,
      readiness: async () => readiness(reads, writeHealth),
      tags: TAGS,
      errorCatalogue: productProblem.entries,
      ...(logStream && { logStream }),
    });
    const { apiKey: PRODUCTS_API_KEY, anonymousScopes, settingWarnings } = config;
    warnOfWeakSettings(app.log, {
      keys: { PRODUCTS_API_KEY },
      anonymousScopes,
      publicScopes,
      settingWarnings,
    });
    const ports = {
      store,
      tags: createSqliteProductTags(reads),
      clock,
      defaultCurrency: config.currency,
      shopId: findShopId(reads),
      linkBases: createLinkBases(config.publicUrls),
    };
    await app.register(
      jsonApiRoutes((instance) => {
        productRoutes(instance, ports);
        productTagRoutes(instance, ports);
        productOperationRoutes(instance, ports);
        productEventRoutes(instance, ports);
      }),
      { prefix: '/api/v1' },
    );
    await app.register((instance) => classicRoutes(instance, ports));
    internalRoutes(app, ports);
    await app.ready();

    const upkeep = await startTextUpkeep({
      refreshTexts: createSqliteTextRefresh(reads, writer),
      onError: (error) =>
        app.log.error({ err: error }, 'texts of older products could not be brought up to date'),
    });

    const clockWatch = watchClock(clock, app.log);
    const relay = startRelay({
      read: (position, limit) => readProductEvents(store, position, limit),
      publisher,
      cursors,
      onError: (error) =>
        app.log.error({ err: error }, 'the relay of product events failed and will try again'),
    });
    return {
      app,
      listen: () => app.listen({ host: config.host, port: config.port }),
      async close() {
        await app.close();
        clockWatch.stop();
        writeHealth.stop();
        await relay.stop();
        await upkeep.stop();
        closeDatabase();
      },
    };
  } catch (error) {
    closeDatabase();
    throw error;
  }
}

function openDatabase(path: string, options?: { readOnly: boolean }): DatabaseSync {
  const database = openSqlite(path, options);
  // Waiting blocks the whole service: while another process holds the file, what only reads must
  // not stand still for long.
  database.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
  return database;
}

function readiness(reads: SqliteConnection, { status }: WriteHealth): Readiness {
  reads.number(sql`select position from log_head where only = 1`);
  return { status, checks: { database: status } };
}
