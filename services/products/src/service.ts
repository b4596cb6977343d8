import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createConsolePublisher, startRelay } from '@anaquel/events';
import type { CursorStore, Publisher } from '@anaquel/events';
import { jsonApiRoutes } from '@anaquel/jsonapi';
import {
  createClock,
  createKeyring,
  createLinkBases,
  createServer,
  createWriteHealth,
  endProcess,
  StartupError,
  standardOutput,
  watchClock,
  warnOfWeakSettings,
} from '@anaquel/runtime';
import type { Clock, Keyring, Readiness, WriteHealth, ServerOptions } from '@anaquel/runtime';
import { createMigrations } from '@anaquel/runtime/migrations';
import {
  createSqliteConnection,
  createSqliteWriter,
  lockDatabase,
  openSqlite,
  readLogId,
  sql,
  type SqliteConnection,
  type SqliteWriter,
} from '@anaquel/runtime/sql';
import type { FastifyInstance } from 'fastify';
import { allScopes, publicScopes, realm, services } from '../../manifest.ts';
import packageJson from '../package.json' with { type: 'json' };
import { lastInstantOf } from './adapters/sql/last-instant.ts';
import { createSqliteProductStore } from './adapters/sqlite/product-store.ts';
import { createProductTags } from './adapters/sql/product-tags.ts';
import { createSqliteRelayCursors } from './adapters/sqlite/relay-cursors.ts';
import { findShopId } from './adapters/sql/shop-id.ts';
import { createSqliteTextRefresh } from './adapters/sqlite/text-refresh.ts';
import { createProductEvents, type ReadProductEvents } from './application/product-event.ts';
import { startTextUpkeep } from './application/text-upkeep.ts';
import type { Config } from './config.ts';
import { classicRoutes } from './http/classic/classic-routes.ts';
import { internalRoutes } from './http/internal.ts';
import type { Ports } from './http/ports.ts';
import { productProblem } from './http/problems.ts';
import { productEventRoutes } from './http/product-events.ts';
import { productTagRoutes } from './http/product-tags/product-tag-routes.ts';
import { productOperationRoutes } from './http/products/product-operations.ts';
import { productRoutes } from './http/products/product-routes.ts';

/** How long a change waits for another process that writes. */
const BUSY_TIMEOUT_MS = 1_000;

/**
 * Of the file's pages in the memory of each connection. A search among 100,000 products reads pages
 * from all over the tables of words; with SQLite's 2 MiB it takes half as long again.
 */
const CACHE_KIB = 8 * 1024;

export const migrationsFolder = resolve(import.meta.dirname, '../migrations/sqlite');

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
  if (config.database.kind === 'postgres')
    throw new StartupError('Products keeps its data in a file: set DATABASE_URL to one.');
  const keyring = createKeys(config);
  const database = await takeDatabase(config.database.path, overrides.lock);
  try {
    await database.assertReadable();
    const { reads, writer } = database;
    const clock = overrides.clock ?? createClock({ notBefore: await lastInstantOf(reads) });
    const cursors = createSqliteRelayCursors(reads, writer);
    const writeHealth = createWriteHealth({
      tryToWrite: () => cursors.save('write-check', 0),
      // Each try stands still for as long as another process holds the file, up to BUSY_TIMEOUT_MS.
      everyMs: 5 * BUSY_TIMEOUT_MS,
    });
    const store = createSqliteProductStore({
      writer,
      reads,
      onChange() {
        writeHealth.committed();
        background.wake();
      },
      onUnavailable(error) {
        writeHealth.failed();
        app.log.error({ err: error }, 'no product can be changed');
      },
    });
    const readEvents = createProductEvents(store, await readLogId(reads));
    const readiness = async (): Promise<Readiness> => readinessOf(reads, writeHealth);
    const app = await createApi(config, { keyring, clock, readiness }, overrides);
    await registerRoutes(app, {
      store,
      readEvents,
      tags: createProductTags(reads),
      clock,
      defaultCurrency: config.currency,
      shopId: await findShopId(reads),
      linkBases: createLinkBases(config.publicUrls),
    });
    const background = await startBackground(
      app,
      { database, readEvents, cursors, clock },
      overrides,
    );
    return {
      app,
      listen: () => app.listen({ host: config.host, port: config.port }),
      async close() {
        await app.close();
        writeHealth.stop();
        await background.stop();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function createKeys(config: Config): Keyring {
  return createKeyring({
    master: { name: 'products', key: config.apiKey },
    scopes: services.products.scopes,
    otherScopes: allScopes,
    keysFile: config.keysFile,
    anonymousScopes: config.anonymousScopes,
  });
}

interface Database {
  readonly reads: SqliteConnection;
  readonly writer: SqliteWriter;
  /** @throws StartupError when the schema is not the one that this code reads. */
  assertReadable(): Promise<void>;
  close(): void;
}

/**
 * Opens the database for this service alone.
 * @throws StartupError when another service holds it.
 */
async function takeDatabase(path: string, patience: Overrides['lock']): Promise<Database> {
  const lock = await lockDatabase(path, { service: 'products', ...patience });
  const database = openDatabase(path);
  // In WAL mode it sees what is committed and waits for no transaction of the other.
  const readDatabase = openDatabase(path, { readOnly: true });
  const migrations = createMigrations({
    database,
    folder: migrationsFolder,
    service: 'products',
  });
  return {
    reads: createSqliteConnection(readDatabase),
    // The next start finds out what was committed.
    writer: createSqliteWriter(database, { onOutcomeUnknown: endProcess }),
    assertReadable: () => migrations.assertReadable(),
    close() {
      // The last connection to close tidies the log away, which takes one that writes.
      readDatabase.close();
      database.close();
      lock.release();
    },
  };
}

function openDatabase(path: string, options?: { readOnly: boolean }): DatabaseSync {
  const database = openSqlite(path, options);
  // Waiting blocks the whole service: while another process holds the file, what only reads must
  // not stand still for long.
  database.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
  database.exec(`PRAGMA cache_size=-${CACHE_KIB}`);
  return database;
}

function readinessOf(reads: SqliteConnection, { status }: WriteHealth): Readiness {
  reads.number(sql`select position from log_head where only = 1`);
  return { status, checks: { database: status } };
}

/** A server that has everything but routes. */
async function createApi(
  config: Config,
  parts: Pick<ServerOptions, 'keyring' | 'clock' | 'readiness'>,
  { logStream }: Overrides,
): Promise<FastifyInstance> {
  const app = await createServer({
    ...config,
    ...parts,
    name: 'products',
    title: 'Anaquel Products',
    version: packageJson.version,
    description: DESCRIPTION,
    realm,
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
  return app;
}

async function registerRoutes(app: FastifyInstance, ports: Ports): Promise<void> {
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
}

interface Background {
  /** Says that a product changed. */
  wake(): void;
  stop(): Promise<void>;
}

/** What goes on without requests. */
async function startBackground(
  app: FastifyInstance,
  {
    database,
    readEvents,
    cursors,
    clock,
  }: { database: Database; readEvents: ReadProductEvents; cursors: CursorStore; clock: Clock },
  { publisher = createConsolePublisher(standardOutput()) }: Overrides,
): Promise<Background> {
  const upkeep = await startTextUpkeep({
    refreshTexts: createSqliteTextRefresh(database.reads, database.writer),
    onError: (error) =>
      app.log.error({ err: error }, 'texts of older products could not be brought up to date'),
  });
  const clockWatch = watchClock(clock, app.log);
  const relay = startRelay({
    read: readEvents,
    publisher,
    cursors,
    onError: (error) =>
      app.log.error({ err: error }, 'the relay of product events failed and will try again'),
  });
  return {
    wake: relay.wake,
    async stop() {
      clockWatch.stop();
      await relay.stop();
      await upkeep.stop();
    },
  };
}
