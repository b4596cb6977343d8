import {
  createEventStreams,
  createRelayLag,
  openPublisher,
  startRelay,
  type CursorStore,
  type EventStreams,
  type Publisher,
} from '@anaquel/events';
import { jsonApiRoutes } from '@anaquel/jsonapi';
import {
  closeServers,
  createFailureLog,
  createHttpClient,
  createKeyring,
  createLinkBases,
  createServer,
  createWriteHealth,
  openServers,
  openServerTls,
  replicaLog,
  warnOfWeakSettings,
  type Clock,
  type Keyring,
  type Readiness,
  type ServerTls,
  type Work,
} from '@anaquel/runtime';
import type { PostgresOptions } from '@anaquel/runtime/postgres';
import {
  createWebhookLag,
  createWebhooks,
  webhookProblem,
  type DeliveryStore,
  type Webhooks,
  type WebhooksOptions,
} from '@anaquel/webhooks';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { allScopes, publicScopes, realm, services } from '../../manifest.ts';
import packageJson from '../package.json' with { type: 'json' };
import { measureLedger } from './adapters/ledger-metrics.ts';
import { createLedgerTraces } from './adapters/ledger-traces.ts';
import { measureCatalogue } from './adapters/products/catalogue-metrics.ts';
import {
  createHttpProductCatalogue,
  type HttpProductCatalogue,
} from './adapters/products/http-product-catalogue.ts';
import { startProductFollower } from './adapters/products/product-follower.ts';
import { openPostgresStore, verifyPostgresLedger } from './adapters/postgres/store.ts';
import { openSqliteStore, verifySqliteLedger } from './adapters/sqlite/store.ts';
import { LedgerUnavailableError, OutcomeUnknownError } from './application/ledger.ts';
import type { StockLog, Store } from './application/store.ts';
import { createInformedWriter, type InformedWriter } from './application/informed-writer.ts';
import { createLedgerWriter } from './application/ledger-writer.ts';
import { createOnce } from './application/once.ts';
import { startReservationSweeper } from './application/reservation-sweeper.ts';
import { startRecordPruning } from './application/record-pruning.ts';
import { createStockEvents, stockEventTypes } from './application/stock-event.ts';
import type { Config } from './config.ts';
import type { AuditReport } from './domain/audit.ts';
import { auditRoutes } from './http/audit.ts';
import { classicRoutes } from './http/classic/classic-routes.ts';
import type { Ports } from './http/ports.ts';
import { inventoryRoutes } from './http/inventories/inventory-routes.ts';
import { stockProblem } from './http/problems.ts';
import { purchaseRoutes } from './http/purchases/purchase-routes.ts';
import { reservationRoutes } from './http/reservations/reservation-routes.ts';
import { createResources } from './http/resources.ts';
import { levelSummaryRoutes } from './http/level-summaries/level-summary-routes.ts';
import { salesSummaryRoutes } from './http/sales-summaries/sales-summary-routes.ts';
import { stockEventStreamRoutes } from './http/stock-event-stream.ts';
import { stockEventRoutes } from './http/stock-events.ts';
import { movementRoutes } from './http/movements/movement-routes.ts';
import { stockOperationRoutes } from './http/stock-operations.ts';

export { databaseCopy } from './adapters/sql/database-copy.ts';

/** How soon streams show what other replicas sold. */
const STREAM_POLL_MS = 250;

/** What a test may put in place of the real thing. */
export interface Overrides {
  readonly clock?: Clock;
  readonly publisher?: Publisher;
  /** False leaves expired reservations for the next write to find. */
  readonly sweeps?: boolean;
  /** How long to wait for another service that ends. */
  readonly lock?: { readonly patienceMs: number };
  /** How long PostgreSQL may take, and by how many connections. */
  readonly postgres?: Omit<PostgresOptions, 'url'>;
}

export interface InventoryService {
  readonly app: FastifyInstance;
  /** Resolves with the address once requests are answered. */
  listen(): Promise<string>;
  /** Answers what has begun, commits what is queued, lets go of everything. */
  close(): Promise<void>;
}

/** Puts the service together. This file alone knows every adapter. */
export async function createService(
  config: Config,
  overrides: Overrides = {},
): Promise<InventoryService> {
  const tls = openServerTls(config.tlsSettings);
  const app = await createApi(config, {
    tls,
    clock: () => store.clock(),
    readiness: {
      database: () => reader.ping().then(() => writeHealth.status),
      neighbours: { products: () => (catalogue.reachable ? 'ok' : 'degraded') },
    },
  });
  const store = await openStore(config, app.log, overrides);
  const { ledger, reader, clock } = store;
  warnOfWeakness(config, app.log);
  const { catalogue, ...products } = startCatalogue(config, clock, app, tls);
  const readEvents = createStockEvents(reader);
  const streams = createEventStreams({
    read: readEvents,
    pollMs: STREAM_POLL_MS,
    onError: failureLog(app, 'events wait: the streams will try again'),
  });
  const writeHealth = createWriteHealth({ tryToWrite: ledger.tryToWrite, everyMs: 1_000 });
  const figures = () => ({ queued: writer.queued, streams: streams.size });
  const count = measureLedger(app.metrics, figures);
  const traces = createLedgerTraces(app.tracing);
  const writer = createLedgerWriter({
    ledger,
    traceBatch: traces.traceBatch,
    onCommit(batch) {
      count(batch);
      writeHealth.committed();
      upkeep.wake();
      streams.wake();
    },
    onFailure: writeFailures(app, writeHealth.failed),
  });
  const webhooks = openWebhooks(app, config, { store, readEvents, onChange: () => upkeep.wake() });
  const informed = createInformedWriter(writer, catalogue);
  const upkeep = startUpkeep(app, { config, store, writer: informed, webhooks }, overrides);
  const service: InventoryService = {
    app,
    listen: () => openServers(app, config),
    async close() {
      await closeServers(app);
      await writer.drain();
      app.log.info(writer.committed, 'the ledger writer has ended');
      writeHealth.stop();
      await upkeep.stop();
      await store.close();
      await products.close();
    },
  };
  try {
    const once = createOnce({ reader, writer: informed, clock, traceparent: traces.traceparent });
    const ports = { once, reader, readEvents, catalogue, clock };
    await registerRoutes(app, config, ports, { streams, webhooks });
    return service;
  } catch (error) {
    await service.close();
    throw error;
  }
}

/** Tells why the ledger writer could not write, or carry out a command. */
function writeFailures(app: FastifyInstance, onNoWrite: () => void): (error: unknown) => void {
  const noteFailure = failureLog(app, 'nothing can be written');
  return (error) => {
    if (error instanceof LedgerUnavailableError || error instanceof OutcomeUnknownError) {
      onNoWrite();
      noteFailure(error);
    } else app.log.error({ err: error }, 'a command could not be carried out');
  };
}

/** Replays the ledger, whether services run on it or not. Changes nothing. */
export function verifyLedger({ database }: Pick<Config, 'database'>): Promise<AuditReport> {
  return database.kind === 'sqlite'
    ? verifySqliteLedger(database.path)
    : verifyPostgresLedger(database.url);
}

/** The one place that knows which kind of database it is. */
function openStore(
  { database }: Config,
  log: FastifyBaseLogger,
  { clock, lock, postgres }: Overrides,
): Promise<Store> {
  return database.kind === 'sqlite'
    ? openSqliteStore({ path: database.path, log, clock, lock })
    : openPostgresStore({ url: database.url, log, clock, ...postgres });
}

function createKeys(config: Config): Keyring {
  return createKeyring({
    master: { name: 'inventory', key: config.apiKey },
    otherServiceKeys: [
      {
        service: 'Products',
        setting: 'PRODUCTS_API_KEY',
        rightSetting: 'INVENTORY_API_KEY',
        key: config.productsApiKey,
      },
    ],
    scopes: services.inventory.scopes,
    otherScopes: allScopes,
    keysFile: config.keysFile,
    anonymousScopes: config.anonymousScopes,
  });
}

/** The catalogue, kept right by the feed of Products until it is closed. */
function startCatalogue(
  config: Config,
  clock: Clock,
  app: FastifyInstance,
  tls: ServerTls | null,
): { readonly catalogue: HttpProductCatalogue; close(): Promise<void> } {
  const client = createHttpClient({
    baseUrls: config.productsBaseUrls,
    apiKey: config.productsApiKey,
    tls: tls?.identity ?? null,
    timeoutMs: config.lookupTimeoutMs,
    maxRetries: config.lookupRetries,
    onChange: replicaLog(app.log, 'products'),
    tracing: app.tracing,
  });
  const catalogue = createHttpProductCatalogue({
    client,
    clock,
    onFailure: (reason) => app.log.warn({ reason }, 'Products cannot be asked'),
  });
  measureCatalogue(app.metrics, catalogue);
  const follower = startProductFollower(catalogue);
  return {
    catalogue,
    async close() {
      follower.stop();
      await client.close();
      tls?.identity.stop();
    },
  };
}

/** A server that has everything but routes. */
async function createApi(
  config: Config,
  parts: { clock: Clock; readiness: Readiness; tls: ServerTls | null },
): Promise<FastifyInstance> {
  const app = await createServer({
    ...config,
    name: 'inventory',
    title: 'Anaquel Inventory',
    version: packageJson.version,
    description: 'Stock and purchases that never oversell. Every unit is explained by a movement.',
    keyring: createKeys(config),
    realm,
    metricsScope: 'admin',
    tags: [
      { name: 'Purchases', description: 'Sell, all lines or none' },
      { name: 'Reservations', description: 'Hold units, then confirm or release' },
      { name: 'Inventories', description: 'The stock of each product' },
      { name: 'Stock movements', description: 'The ledger: what changed, who did it and why' },
      { name: 'Stock events', description: 'The ledger as a feed and as a live stream' },
      {
        name: 'Webhooks',
        description: 'Endpoints that are told of events, and what they were sent',
      },
      { name: 'Audit', description: 'The proof that every unit is explained' },
      { name: 'Classic', description: 'The API of older clients' },
    ],
    errorCatalogue: { ...stockProblem.entries, ...webhookProblem.entries },
    ...parts,
  });
  parts.tls?.identity.watch(app.log);
  return app;
}

function warnOfWeakness(config: Config, log: FastifyBaseLogger): void {
  const { apiKey: INVENTORY_API_KEY, anonymousScopes, settingWarnings } = config;
  warnOfWeakSettings(log, {
    keys: { INVENTORY_API_KEY },
    anonymousScopes,
    publicScopes,
    settingWarnings,
  });
}

/** For what fails again and again while the database is away. */
function failureLog(app: FastifyInstance, message: string): (error: unknown) => void {
  const note = createFailureLog(app.log, message);
  return (error) => note({ err: error });
}

/** Endpoints that are told of the events of the log. */
function openWebhooks(
  app: FastifyInstance,
  { webhooks: settings }: Config,
  { store, ...parts }: { readonly store: Store } & Pick<WebhooksOptions, 'readEvents' | 'onChange'>,
): Webhooks {
  return createWebhooks({
    ...parts,
    subject: 'stock',
    access: { read: { scope: 'webhooks:read' }, write: { scope: 'webhooks:write' } },
    eventTypes: stockEventTypes,
    settings,
    log: app.log,
    onError: failureLog(app, 'webhooks wait: it is tried again'),
    lag: createWebhookLag(app.metrics),
    register: store.webhooks,
    clock: store.clock,
  });
}

/** What goes on without requests, in one process at a time. */
function startUpkeep(
  app: FastifyInstance,
  parts: {
    config: Config;
    store: Store;
    writer: InformedWriter;
    webhooks: Webhooks;
  },
  { sweeps = true, publisher }: Overrides,
): Work {
  const { config, store, writer, webhooks } = parts;
  const { ledger, reader, clock } = store;
  const relayLag = createRelayLag(app.metrics);

  function begin(log: StockLog, cursors: CursorStore, deliveries: DeliveryStore): Work {
    relayLag.begin();
    const relay = startRelay({
      read: log.readTexts,
      onCaughtUp: relayLag.caughtUp,
      publisher: publisher ?? openPublisher(config.broker, { service: 'inventory', log: app.log }),
      cursors,
      onError: failureLog(app, 'events wait: the relay will try again'),
    });
    const pruning = startRecordPruning({
      ledger,
      clock,
      onError: failureLog(app, 'pruning failed'),
    });
    const dispatcher = webhooks.deliver(log.readEvents, deliveries);
    const onError = failureLog(app, 'sweeping failed');
    const sweeper = sweeps ? startReservationSweeper({ reader, writer, clock, onError }) : null;
    return {
      wake() {
        relay.wake();
        dispatcher.wake();
      },
      async stop() {
        relayLag.end();
        pruning.stop();
        sweeper?.stop();
        await Promise.all([relay.stop(), dispatcher.stop()]);
      },
    };
  }

  return store.startUpkeep({
    begin,
    onError: failureLog(app, 'nobody may be at work: it is tried again'),
  });
}

async function registerRoutes(
  app: FastifyInstance,
  { publicUrls, holdLimits, timeZone }: Config,
  parts: Omit<Ports, 'holdLimits' | 'timeZone' | 'linkBases' | 'resources'>,
  { streams, webhooks }: { readonly streams: EventStreams; readonly webhooks: Webhooks },
): Promise<void> {
  const linkBases = createLinkBases(publicUrls);
  const resources = createResources({ ...parts, linkBases });
  const ports = { ...parts, holdLimits, timeZone, linkBases, resources };
  await app.register(
    jsonApiRoutes((instance) => {
      inventoryRoutes(instance, ports);
      movementRoutes(instance, ports);
      stockOperationRoutes(instance, ports);
      purchaseRoutes(instance, ports);
      salesSummaryRoutes(instance, ports);
      levelSummaryRoutes(instance, ports);
      reservationRoutes(instance, ports);
      stockEventRoutes(instance, ports);
      webhooks.routes(instance, (request) => linkBases(request).inventory);
      auditRoutes(instance, ports);
    }),
    { prefix: '/api/v1' },
  );
  await app.register(
    async (instance) => {
      stockEventStreamRoutes(instance, { reader: ports.reader, streams });
    },
    { prefix: '/api/v1' },
  );
  await app.register((instance) => classicRoutes(instance, ports));
}
