import { join, resolve } from 'node:path';
import { parseDatabaseUrl, settingsReader } from '@anaquel/runtime';
import type { Environment } from '@anaquel/runtime';

/** The folder of the project, wherever a command is called from. */
export const projectFolder = resolve(import.meta.dirname, '..');
export const envFile = join(projectFolder, '.env');

/**
 * How Node runs a service; the Dockerfile says the same. V8 left to itself lets garbage grow to
 * several times what lives before it looks for it. And when it takes what a request makes for
 * long-lived, by how much of it some minor collections found alive, it puts that among the old
 * objects, where it keeps later garbage alive: whether it does is decided by chance in the first
 * seconds, and cost a fifth of the throughput when it did (docs/decisions/0009).
 */
export const serviceNodeFlags = [
  '--max-semi-space-size=8',
  '--heap-growing-percent=50',
  '--no-allocation-site-pretenuring',
] as const;

/**
 * The same for the environment of a service: a place for compiled code, types stripped (it starts
 * sooner and takes 30 MB less), and two arenas for glibc's malloc instead of one a thread, which
 * fragment (20 MB less).
 */
export const serviceEnvironment = {
  NODE_COMPILE_CACHE: join(projectFolder, 'node_modules', '.cache', 'compiled'),
  NODE_COMPILE_CACHE_PORTABLE: '1',
  MALLOC_ARENA_MAX: '2',
} as const;

/** In the order in which they start. Each has its folder under services/. */
export const serviceNames = ['products', 'inventory'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface ServiceSettings extends PortSettings {
  databaseUrl: string;
  database: { kind: 'sqlite'; path: string };
  databaseSetting: string;
  /** False for the file in the data folder. */
  databaseUrlIsSet: boolean;
}

/** All processes of the shop, callers after those that they call. The gateway has no database. */
export const processNames = [...serviceNames, 'gateway'] as const;
export type ProcessName = (typeof processNames)[number];

interface PortSettings {
  port: number;
  portSetting: string;
}

/** What the commands of the project need to know; the services read the rest themselves. */
export interface Settings {
  host: string;
  dataFolder: string;
  services: Record<ServiceName, ServiceSettings>;
  gateway: PortSettings;
  /** Where Vite serves the web app to who works on it. */
  web: PortSettings;
  /** A line for each setting that is there but has no effect. */
  notes: { DATABASE_URL?: string; PORT?: string };
}

export interface ReadOptions {
  /** Whether the web app gets a port of its own, which must then differ from the others. */
  web: boolean;
}

const DEFAULT_PORTS: Record<ProcessName | 'web', number> = {
  web: 5173,
  gateway: 8000,
  products: 8001,
  inventory: 8002,
};

/**
 * Reads the settings of the commands, or throws a SettingsError that has one line for each wrong
 * one.
 */
export function readSettings(
  environment: Environment,
  options: ReadOptions = { web: false },
): Settings {
  const reader = settingsReader(environment);
  const dataDir = reader.text('DATA_DIR', { default: './data', hint: 'a folder' });
  const dataFolder = resolve(projectFolder, dataDir);
  const services = {
    products: readService('products'),
    inventory: readService('inventory'),
  };
  const gateway = readPort('gateway');
  const web = readPort('web');
  assertDistinct([services.products, services.inventory, gateway, ...(options.web ? [web] : [])]);
  assertTwoFiles();
  const host = reader.text('HOST', { default: '127.0.0.1', hint: 'an address of this machine' });
  reader.finish();
  return { host, dataFolder, services, gateway, web, notes: ignoredSettings(environment) };

  function readPort(name: ProcessName | 'web'): PortSettings {
    const portSetting = `${name.toUpperCase()}_PORT`;
    const port = reader.integer(portSetting, { default: DEFAULT_PORTS[name], min: 1, max: 65_535 });
    return { port, portSetting };
  }

  function assertDistinct(ports: readonly PortSettings[]): void {
    for (const [index, one] of ports.entries()) {
      const twin = ports.slice(index + 1).find(({ port }) => port === one.port);
      if (twin === undefined) continue;
      reader.problems.push(
        `${one.portSetting} and ${twin.portSetting} must differ, but both are ${one.port}.`,
      );
    }
  }

  function assertTwoFiles(): void {
    const { products, inventory } = services;
    if (products.database.path === '' || products.database.path !== inventory.database.path) return;
    reader.problems.push(
      `${products.databaseSetting} and ${inventory.databaseSetting} must name two files, but both are ${products.database.path}.`,
    );
  }

  function readService(name: ServiceName): ServiceSettings {
    const { port, portSetting } = readPort(name);
    const databaseSetting = `${name.toUpperCase()}_DATABASE_URL`;
    const given = environment[databaseSetting] || undefined;
    const databaseUrlIsSet = given !== undefined;
    const databaseUrl = given ?? `file:${join(dataFolder, `${name}.db`)}`;
    const database = parseDatabaseUrl(databaseUrl, projectFolder);
    if (!('error' in database) && database.kind === 'sqlite') {
      return { port, portSetting, databaseUrl, database, databaseSetting, databaseUrlIsSet };
    }
    const problem =
      'error' in database
        ? database.error
        : 'must name an SQLite file: PostgreSQL cannot be used yet.';
    reader.problems.push(`${given === undefined ? 'DATA_DIR' : databaseSetting} ${problem}`);
    return {
      port,
      portSetting,
      databaseUrl,
      database: { kind: 'sqlite', path: '' },
      databaseSetting,
      databaseUrlIsSet,
    };
  }
}

function ignoredSettings(environment: Environment): Settings['notes'] {
  const notes: Settings['notes'] = {};
  if (environment['DATABASE_URL']) {
    notes.DATABASE_URL =
      'DATABASE_URL is ignored: it would be one database for both services. Set PRODUCTS_DATABASE_URL and INVENTORY_DATABASE_URL.';
  }
  if (environment['PORT']) {
    notes.PORT =
      'PORT is ignored: it would be one port for all of them. Set GATEWAY_PORT, PRODUCTS_PORT and INVENTORY_PORT.';
  }
  return notes;
}
