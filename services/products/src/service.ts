import { createConsolePublisher, startRelay } from '@anaquel/events';
import type { Publisher } from '@anaquel/events';
import { jsonApiRoutes } from '@anaquel/jsonapi';
import {
  createKeyring,
  createLinkBases,
  createServer,
  createWriteHealth,
  standardOutput,
  watchClock,
  warnOfWeakSettings,
} from '@anaquel/runtime';
import type { Clock, Keyring, Readiness, ServerOptions } from '@anaquel/runtime';
import type { PostgresOptions } from '@anaquel/runtime/postgres';
import type { FastifyInstance } from 'fastify';
import { allScopes, publicScopes, realm, services } from '../../manifest.ts';
import packageJson from '../package.json' with { type: 'json' };
import { openPostgresStore } from './adapters/postgres/store.ts';
import { openSqliteStore } from './adapters/sqlite/store.ts';
import type { Store, StoreListener } from './application/store.ts';
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

export { databaseCopy } from './adapters/sql/database-copy.ts';

/** Longer than a try stands still where another process holds the file. */
const TRY_TO_WRITE_EVERY_MS = 5_000;

/** What tests put in the place of the world outside. */
export interface Overrides {
  clock?: Clock;
  publisher?: Publisher;
  logStream?: NonNullable<ServerOptions['logStream']>;
  /** How long to wait for another service that ends. */
  lock?: { readonly patienceMs: number };
  /** How long PostgreSQL may take, and by how many connections. */
  postgres?: Omit<PostgresOptions, 'url'>;
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
  const keyring = createKeys(config);
  const store = await openStore(config, overrides, {
    onChange: () => service.onChange(),
    onUnavailable: (error) => service.onUnavailable(error),
  });
  const service = await startOn(store, config, keyring, overrides).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  return service;
}

/** The one place that knows which kind of database it is. */
async function openStore(
  { database }: Config,
  { lock, clock, postgres }: Overrides,
  listener: StoreListener,
): Promise<Store> {
  const store =
    database.kind === 'sqlite'
      ? await openSqliteStore(database.path, listener, lock)
      : await openPostgresStore({ url: database.url, ...postgres }, listener);
  return clock ? { ...store, clock } : store;
}

async function startOn(
  store: Store,
  config: Config,
  keyring: Keyring,
  overrides: Overrides,
): Promise<ProductsService & StoreListener> {
  const { products, tags, shopId, clock } = store;
  const writeHealth = createWriteHealth({
    tryToWrite: () => store.cursors.save('write-check', 0),
    everyMs: TRY_TO_WRITE_EVERY_MS,
  });
  const readEvents = createProductEvents(products, store.logId);
  const readiness: Readiness = {
    async database() {
      await store.ping();
      return writeHealth.status;
    },
  };
  const app = await createApi(config, { keyring, clock, readiness }, overrides);
  await registerRoutes(app, {
    store: products,
    readEvents,
    tags,
    clock,
    defaultCurrency: config.currency,
    shopId,
    linkBases: createLinkBases(config.publicUrls),
  });
  const background = await startBackground(app, store, readEvents, overrides);
  return {
    app,
    onChange() {
      writeHealth.committed();
      background.wake();
    },
    onUnavailable(error) {
      writeHealth.failed();
      app.log.error({ err: error }, 'no product can be changed');
    },
    listen: () => app.listen({ host: config.host, port: config.port }),
    async close() {
      await app.close();
      writeHealth.stop();
      await background.stop();
      await store.close();
    },
  };
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
  { refreshTexts, cursors, clock }: Store,
  readEvents: ReadProductEvents,
  { publisher = createConsolePublisher(standardOutput()) }: Overrides,
): Promise<Background> {
  const upkeep = await startTextUpkeep({
    refreshTexts,
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
