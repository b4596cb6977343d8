import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@anaquel/runtime/postgres-server';
import { migrateUp } from '../tools/open-migrations.ts';
import { readSettings } from '../tools/settings.ts';
import { settingsOf, type ProcessName, type ServiceName } from '../services/manifest.ts';
import { writeKeysFiles } from '../tools/gateway-keys.ts';
import { loadDemo } from '../tools/start/load-demo.ts';
import { createShopClient } from '../tools/start/shop-client.ts';
import { freePort } from '../tools/test/free-port.ts';
import { createHttpCaller } from './http-caller.ts';
import type { Answer, Call } from './http-caller.ts';
import { PROCESS_PATIENCE_MS } from './patience.ts';
import { startServiceProcess } from './service-process.ts';

/**
 * Both services, and the gateway if requested, as real processes with ports and databases of their
 * own.
 */
export interface Services {
  readonly origins: Readonly<Record<ProcessName, string>>;
  readonly keys: Readonly<Record<ServiceName, string>>;
  readonly dataFolder: string;
  /** Sends exactly the given headers, and host and content-length. */
  request(service: ProcessName, call: Call): Promise<Answer>;
  /** The same with the service's key. */
  call(service: ServiceName, call: Call): Promise<Answer>;
  /** What a service has logged so far. */
  log(service: ProcessName): string;
  start(service: ProcessName, how?: Start): Promise<void>;
  /**
   * Stops it cleanly, or at once with SIGKILL. Resolves with its exit code, or null when a signal
   * ended it.
   */
  stop(service: ProcessName, signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** Resolves once it has ended, whatever ended it. */
  ended(service: ProcessName): Promise<void>;
  /** Makes it hang, with its port open, until `resume`. */
  pause(service: ProcessName): void;
  resume(service: ProcessName): void;
  /** Ends all and removes the databases. */
  remove(): Promise<void>;
}

/** The options of one start. */
export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  /** A command that becomes the service, or traces it. */
  readonly launcher?: readonly string[];
}

interface Options {
  /** More settings for both services. */
  readonly env?: Readonly<Record<string, string>>;
  readonly keys?: Readonly<Record<ServiceName, string>>;
  /** Fills the shop with the demo catalogue: products 1 to 24. */
  readonly demo?: boolean;
  /** Starts a gateway too, with these settings beside the required ones. */
  readonly gateway?: Readonly<Record<string, string>>;
}

/** The gateway's settings in a test; the services have the digests of its keys. */
export const gatewaySecrets = {
  STOREFRONT_API_KEY: 'key-of-the-storefront',
  OPERATOR_API_KEY: 'key-of-the-operators',
  OPERATOR_PASSWORD: 'password-of-the-operators',
};

const defaultKeys = { products: 'key-of-products', inventory: 'key-of-inventory' };
/** What the services of this run keep their data in: the project `e2e-postgres` says so. */
const STORE = process.env['ANAQUEL_TEST_STORE'] === 'postgres' ? 'postgres' : 'sqlite';
/** Only the end of a longer log is kept: a soak writes gigabytes. */
const keptLogLength = 32 * 1_024 * 1_024;

export async function startServices(options: Options = {}): Promise<Services> {
  const { keys = defaultKeys, env = {}, demo = false, gateway } = options;
  const dataFolder = mkdtempSync(join(tmpdir(), 'anaquel-e2e-'));
  const databases = STORE === 'postgres' ? await createDatabases() : null;
  const settings = readSettings({ DATA_DIR: dataFolder, ...databases?.settings });
  const ports = {
    products: await freePort(),
    inventory: await freePort(),
    gateway: await freePort(),
  };
  const origins = {
    products: `http://127.0.0.1:${ports.products}`,
    inventory: `http://127.0.0.1:${ports.inventory}`,
    gateway: `http://127.0.0.1:${ports.gateway}`,
  };
  const keysFiles = gateway && writeKeysFiles(dataFolder, gatewaySecrets);
  const running = new Map<ProcessName, ChildProcess>();
  const logs: Record<ProcessName, string> = { products: '', inventory: '', gateway: '' };
  const caller = createHttpCaller();

  function environmentOf(process_: ProcessName): Record<string, string> {
    if (process_ === 'gateway') return { ...gatewaySecrets, ...gateway };
    return {
      DATABASE_URL: settings.services[process_].databaseUrl,
      PRODUCTS_API_KEY: keys.products,
      INVENTORY_API_KEY: keys.inventory,
      ...(keysFiles && { KEYS_FILE: keysFiles[process_], TRUST_PROXY: 'loopback' }),
    };
  }

  async function start(service: ProcessName, how: Start = {}): Promise<void> {
    const { child, ready } = startServiceProcess(service, {
      launcher: how.launcher,
      env: {
        PORT: String(ports[service]),
        PRODUCTS_BASE_URL: origins.products,
        INVENTORY_BASE_URL: origins.inventory,
        LOG_LEVEL: 'debug',
        ...environmentOf(service),
        ...env,
        ...how.env,
      },
      onOutput(text) {
        logs[service] += text;
        if (logs[service].length > 2 * keptLogLength)
          logs[service] = logs[service].slice(-keptLogLength);
      },
    });
    running.set(service, child);
    child.once('exit', () => running.delete(service));
    await ready;
  }

  async function stop(service: ProcessName, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') {
    const child = running.get(service);
    if (!child) return null;
    const exit = once(child, 'exit');
    child.kill(signal);
    const tooLate = setTimeout(() => child.kill('SIGKILL'), PROCESS_PATIENCE_MS);
    await exit;
    clearTimeout(tooLate);
    return child.exitCode;
  }

  async function ended(service: ProcessName): Promise<void> {
    const child = running.get(service);
    if (child) await once(child, 'exit', { signal: AbortSignal.timeout(PROCESS_PATIENCE_MS) });
  }

  const services: Services = {
    origins,
    keys,
    dataFolder,
    request: (service, call) => caller.send(origins[service], call),
    call: (service, call) =>
      caller.send(origins[service], {
        ...call,
        headers: { 'x-api-key': keys[service], ...call.headers },
      }),
    log: (service) => logs[service],
    start,
    stop,
    ended,
    pause: (service) => running.get(service)?.kill('SIGSTOP'),
    resume: (service) => running.get(service)?.kill('SIGCONT'),
    async remove() {
      caller.close();
      await Promise.all([stop('gateway'), stop('inventory'), stop('products')]);
      rmSync(dataFolder, { recursive: true, force: true });
      await databases?.drop();
    },
  };
  try {
    await migrateUp('products', settings.services.products);
    await migrateUp('inventory', settings.services.inventory);
    await Promise.all([start('products'), start('inventory'), gateway && start('gateway')]);
    if (demo) await loadDemo(createShopClient(endpoints(services)));
  } catch (error) {
    await services.remove();
    throw error;
  }
  return services;
}

/** Empty ones on the server that the tests of this process share. */
async function createDatabases() {
  const places = { products: await createTestDatabase(), inventory: await createTestDatabase() };
  return {
    settings: {
      [settingsOf('products').databaseUrl]: places.products.url,
      [settingsOf('inventory').databaseUrl]: places.inventory.url,
    },
    async drop() {
      await places.products.drop();
      await places.inventory.drop();
    },
  };
}

function endpoints({ origins, keys }: Services) {
  return {
    products: { url: origins.products, key: keys.products },
    inventory: { url: origins.inventory, key: keys.inventory },
  };
}
