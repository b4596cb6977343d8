import { createRelayLag, openPublisher, startRelay, textsOf } from '@anaquel/events';
import type { Publisher } from '@anaquel/events';
import { jsonApiRoutes } from '@anaquel/jsonapi';
import {
  activeTraceparent,
  closeServers,
  createFailureLog,
  createKeyring,
  createLinkBases,
  createServer,
  createWriteHealth,
  openServers,
  openServerTls,
  warnOfWeakSettings,
} from '@anaquel/runtime';
import type { Clock, Keyring, ServerOptions, Work } from '@anaquel/runtime';
import type { PostgresOptions } from '@anaquel/runtime/postgres';
import {
  createWebhookLag,
  createWebhooks,
  webhookProblem,
  type Webhooks,
  type WebhooksOptions,
} from '@anaquel/webhooks';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { allScopes, publicScopes, realm, services } from '../../manifest.ts';
import packageJson from '../package.json' with { type: 'json' };
import { openPostgresStore } from './adapters/postgres/store.ts';
import { openSqliteStore } from './adapters/sqlite/store.ts';
import type { Store, StoreListener } from './application/store.ts';
import {
  createProductEvents,
  eventsOfChanges,
  productEventTypes,
} from './application/product-event.ts';
import { startPictureSweep } from './application/pictures.ts';
import { startTextUpkeep } from './application/text-upkeep.ts';
import type { Config } from './config.ts';
import { classicRoutes } from './http/classic/classic-routes.ts';
import { internalRoutes } from './http/internal.ts';
import { pictureContentRoute } from './http/product-pictures/picture-content.ts';
import { priceChangeRoutes } from './http/product-price-changes/price-change-routes.ts';
import { productPictureRoutes } from './http/product-pictures/product-picture-routes.ts';
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
  { name: 'Product pictures', description: 'What products show, resized by whoever sends it' },
  { name: 'Product events', description: 'Every change, as a feed of CloudEvents' },
  { name: 'Webhooks', description: 'Endpoints that are told of events, and what they were sent' },
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
  const tls = openServerTls(config.tlsSettings);
  const app = await createApi(config, overrides, {
    tls,
    keyring,
    clock: () => store.clock(),
    readiness: {
      async database() {
        await store.ping();
        return writeHealth.status;
      },
    },
  });
  const noteUnavailable = createFailureLog(app.log, 'no product can be changed');
  const store = await openStore(config, overrides, {
    log: app.log,
    onChange() {
      writeHealth.committed();
      upkeep.wake();
    },
    onUnavailable(error) {
      writeHealth.failed();
      noteUnavailable({ err: error });
    },
  });
  warnOfWeakness(config, app.log);
  tls?.identity.watch(app.log);
  const writeHealth = createWriteHealth({
    tryToWrite: store.tryToWrite,
    everyMs: TRY_TO_WRITE_EVERY_MS,
  });
  const readEvents = createProductEvents(store.products, store.logId);
  const webhooks = openWebhooks(app, config, { store, readEvents, onChange: () => upkeep.wake() });
  const upkeep = startUpkeep(app, { config, store, webhooks }, overrides);
  const service: ProductsService = {
    app,
    listen: () => openServers(app, config),
    async close() {
      await closeServers(app);
      writeHealth.stop();
      await upkeep.stop();
      await store.close();
      tls?.identity.stop();
    },
  };
  try {
    await registerRoutes(app, portsOf(config, { app, store, readEvents }), webhooks);
    return service;
  } catch (error) {
    await service.close();
    throw error;
  }
}

/** What the routes work with. */
function portsOf(
  config: Config,
  { app, store, readEvents }: { app: FastifyInstance; store: Store } & Pick<Ports, 'readEvents'>,
): Ports {
  return {
    store: store.products,
    readEvents,
    tags: store.tags,
    priceChanges: store.priceChanges,
    pictures: store.pictures,
    mostPictureBytes: config.picturesMaxMb * 1024 * 1024,
    productsArePublic: config.anonymousScopes.includes('products:read'),
    clock: store.clock,
    traceparent: () => activeTraceparent(app.tracing),
    defaultCurrency: config.currency,
    shopId: store.shopId,
    linkBases: createLinkBases(config.publicUrls),
  };
}

/** The one place that knows which kind of database it is. */
function openStore(
  { database }: Config,
  { lock, clock, postgres }: Overrides,
  told: StoreListener & { readonly log: FastifyBaseLogger },
): Promise<Store> {
  return database.kind === 'sqlite'
    ? openSqliteStore({ path: database.path, clock, lock, ...told })
    : openPostgresStore({ url: database.url, clock, ...postgres, ...told });
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
  { logStream }: Overrides,
  parts: Pick<ServerOptions, 'keyring' | 'clock' | 'readiness' | 'tls'>,
): Promise<FastifyInstance> {
  return createServer({
    ...config,
    ...parts,
    name: 'products',
    title: 'Anaquel Products',
    version: packageJson.version,
    description: DESCRIPTION,
    realm,
    metricsScope: 'admin',
    tags: TAGS,
    errorCatalogue: { ...productProblem.entries, ...webhookProblem.entries },
    ...(logStream && { logStream }),
  });
}

function warnOfWeakness(config: Config, log: FastifyBaseLogger): void {
  const { apiKey: PRODUCTS_API_KEY, anonymousScopes, settingWarnings } = config;
  warnOfWeakSettings(log, {
    keys: { PRODUCTS_API_KEY },
    anonymousScopes,
    publicScopes,
    settingWarnings,
  });
}

async function registerRoutes(
  app: FastifyInstance,
  ports: Ports,
  webhooks: Webhooks,
): Promise<void> {
  await app.register(
    jsonApiRoutes((instance) => {
      productRoutes(instance, ports);
      productTagRoutes(instance, ports);
      productPictureRoutes(instance, ports);
      priceChangeRoutes(instance, ports);
      productOperationRoutes(instance, ports);
      productEventRoutes(instance, ports);
      webhooks.routes(instance, (request) => ports.linkBases(request).products);
    }),
    { prefix: '/api/v1' },
  );
  await app.register(async (instance) => pictureContentRoute(instance, ports), {
    prefix: '/api/v1',
  });
  await app.register((instance) => classicRoutes(instance, ports));
  internalRoutes(app, ports);
  await app.ready();
}

/** Endpoints that are told of the events of the log. */
function openWebhooks(
  app: FastifyInstance,
  { webhooks: settings }: Config,
  { store, ...parts }: { readonly store: Store } & Pick<WebhooksOptions, 'readEvents' | 'onChange'>,
): Webhooks {
  const note = createFailureLog(app.log, 'webhooks wait: it is tried again');
  return createWebhooks({
    ...parts,
    subject: 'product',
    access: { read: { scope: 'webhooks:read' }, write: { scope: 'webhooks:write' } },
    eventTypes: productEventTypes,
    settings,
    log: app.log,
    onError: (error) => note({ err: error }),
    lag: createWebhookLag(app.metrics),
    register: store.webhooks,
    clock: store.clock,
  });
}

/** What goes on without requests, in one process at a time. */
function startUpkeep(
  app: FastifyInstance,
  { config, store, webhooks }: { config: Config; store: Store; webhooks: Webhooks },
  { publisher }: Overrides,
): Work {
  const onError = (message: string) => {
    const note = createFailureLog(app.log, message);
    return (error: unknown) => note({ err: error });
  };
  const relayLag = createRelayLag(app.metrics);
  return store.startUpkeep({
    begin(readChanges, cursors, deliveries) {
      const read = eventsOfChanges(readChanges, store.logId);
      const dispatcher = webhooks.deliver(read, deliveries);
      const texts = startTextUpkeep({
        refreshTexts: store.refreshTexts,
        onError: onError('texts of older products could not be brought up to date'),
      });
      const pictures = startPictureSweep({
        sweepPictures: store.sweepPictures,
        clock: store.clock,
        onError: onError('pictures that no product shows could not be forgotten'),
      });
      relayLag.begin();
      const relay = startRelay({
        read: textsOf(read),
        onCaughtUp: relayLag.caughtUp,
        publisher: publisher ?? openPublisher(config.broker, { service: 'products', log: app.log }),
        cursors,
        onError: onError('the relay of product events failed and will try again'),
      });
      return {
        wake() {
          relay.wake();
          dispatcher.wake();
        },
        async stop() {
          relayLag.end();
          await Promise.all([relay.stop(), dispatcher.stop(), texts.stop(), pictures.stop()]);
        },
      };
    },
    onError: onError('nobody may publish events: it is tried again'),
  });
}
