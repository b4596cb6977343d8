import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  databaseName,
  fileSettingOf,
  isSameDatabase,
  isSecretSet,
  parseDatabaseUrl,
  settingsReader,
} from '@anaquel/runtime';
import type { DatabaseLocation, Environment, SettingsReader } from '@anaquel/runtime';
import {
  gateway as gatewayEntry,
  mapServices,
  serviceNames,
  services as manifest,
  settingsOf,
  type ProcessName,
  type ServiceName,
} from '../services/manifest.ts';

/** The folder of the project, wherever a command is called from. */
export const projectFolder = resolve(import.meta.dirname, '..');
export const envFile = join(projectFolder, '.env');

/** Whether it is a checkout: a release has only what is built of the sources. */
export function hasSources(folder = projectFolder): boolean {
  return existsSync(join(folder, 'services', 'gateway', 'src'));
}

/**
 * How Node runs a service; the Dockerfile says the same. V8 left to itself lets garbage grow to
 * several times what lives before it looks for it. And when it takes what a request makes for
 * long-lived, by how much of it some minor collections found alive, it puts that among the old
 * objects, where it keeps later garbage alive: whether it does is decided by chance in the first
 * seconds, and cost a fifth of the throughput when it did (docs/decisions/0009, 0098).
 */
export const serviceNodeFlags = [
  '--max-semi-space-size=4',
  '--heap-growing-percent=25',
  '--no-allocation-site-pretenuring',
] as const;

/**
 * How glibc's malloc keeps memory; the Dockerfile says the same. Two arenas instead of one a
 * thread, which fragment, take 20 MB less. What is free at the end of one goes back to the system
 * from 1 MiB on: left to itself, malloc would learn from large bodies to keep up to 64 MiB.
 */
export const serviceMemory = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '1048576',
  MALLOC_MMAP_THRESHOLD_: '4194304',
} as const;

/**
 * The environment of a service: that, and a place for compiled code, types stripped (it starts
 * sooner and takes 30 MB less).
 */
export const serviceEnvironment = {
  NODE_COMPILE_CACHE: join(projectFolder, 'node_modules', '.cache', 'compiled'),
  NODE_COMPILE_CACHE_PORTABLE: '1',
  ...serviceMemory,
  ...coverageEnvironment(),
} as const;

/** Where Node is to say which code a process ran, if this one was told so: `npm run coverage`. */
export function coverageEnvironment(): { NODE_V8_COVERAGE?: string } {
  const folder = process.env['NODE_V8_COVERAGE'];
  return folder === undefined ? {} : { NODE_V8_COVERAGE: folder };
}

/** Where the data of a service is, and the setting that says so. */
export interface DatabasePlace {
  readonly database: DatabaseLocation;
  readonly databaseSetting: string;
}

export interface ServiceSettings extends PortSettings, DatabasePlace {
  databaseUrl: string;
  /** The file that it was read from, since it may hold a password; null for none. */
  databaseUrlFile: string | null;
  /** False for the file in the data folder. */
  databaseUrlIsSet: boolean;
  /** Where each of its processes listens, the first one at `port`. */
  replicas: readonly PortSettings[];
}

interface PortSettings {
  port: number;
  /** As people know it: its setting, or for another replica than the first what is added to it. */
  portSetting: string;
}

/** What the commands of the project need to know; the services read the rest themselves. */
export interface Settings {
  host: string;
  dataFolder: string;
  services: Record<ServiceName, ServiceSettings>;
  gateway: PortSettings;
  /** `https` when the services have certificates. The gateway's front is plain all the same. */
  scheme: 'http' | 'https';
  /** Where Vite serves the web app to who works on it. */
  web: PortSettings;
  /** Where each process tells its figures without a key; null for nowhere. */
  metrics: { host: string; ports: Record<ProcessName, readonly PortSettings[]> } | null;
  /** A line for each setting that is there but has no effect. */
  notes: { DATABASE_URL?: string; PORT?: string };
}

export interface ReadOptions {
  /** Whether the web app gets a port of its own, which must then differ from the others. */
  web: boolean;
}

/** In the place of a database whose setting is wrong. */
const PLACEHOLDER: DatabaseLocation = { kind: 'sqlite', path: '' };

/** Of Vite, in development. */
const WEB_PORT = 5173;

/** The service that `REPLICAS` is about: it has the work that grows with the buyers. */
const REPLICATED: ServiceName = 'inventory';
const MOST_REPLICAS = 10;
const LAST_PORT = 65_535;
/** Between the ports of replicas, so that those of other services fit in between. */
const REPLICA_STEP = 10;

/**
 * Reads the settings of the commands, or throws a SettingsError that has one line for each wrong
 * one.
 */
export function readSettings(
  environment: Environment,
  options: ReadOptions = { web: false },
): Settings {
  const reader = settingsReader(environment, projectFolder);
  const dataDir = reader.text('DATA_DIR', { default: './data', hint: 'a folder' });
  const dataFolder = resolve(projectFolder, dataDir);
  const replicas = reader.integer('REPLICAS', { default: 1, min: 1, max: MOST_REPLICAS });
  const services = mapServices(readService);
  const gateway = readPort('gateway', gatewayEntry.port);
  const web = readPort('web', WEB_PORT);
  const ofServices = Object.values(services).flatMap((service) => service.replicas);
  const host = readHost(reader, 'HOST');
  const metrics = readMetrics(reader, replicas - 1);
  assertDistinctPorts(reader, [
    ...ofServices,
    gateway,
    ...(options.web ? [web] : []),
    ...Object.values(metrics?.ports ?? {}).flat(),
  ]);
  assertDistinctDatabases(Object.values(services));
  reader.finish();
  const scheme = environment['TLS_CERT_FILE'] ? 'https' : 'http';
  const notes = ignoredSettings(environment);
  return { host, dataFolder, services, gateway, scheme, web, metrics, notes };

  function readPort(name: string, defaultPort: number, max = LAST_PORT): PortSettings {
    const portSetting = settingsOf(name).port;
    const port = reader.integer(portSetting, { default: defaultPort, min: 1, max });
    return { port, portSetting };
  }

  function assertDistinctDatabases(all: readonly ServiceSettings[]): void {
    for (const [index, one] of all.entries()) {
      const twin = all
        .slice(index + 1)
        .find(({ database }) => isSameDatabase(database, one.database));
      if (twin === undefined || one.database === PLACEHOLDER) continue;
      reader.problems.push(
        `${one.databaseSetting} and ${twin.databaseSetting} must name two databases, but both name the same: ${databaseName(one.database)}.`,
      );
    }
  }

  function readService(name: ServiceName): ServiceSettings {
    const others = name === REPLICATED ? replicas - 1 : 0;
    const highest = LAST_PORT - others * REPLICA_STEP;
    const { port, portSetting } = readPort(name, manifest[name].port, highest);
    const databaseSetting = settingsOf(name).databaseUrl;
    const configuredUrl = reader.optionalSecret(databaseSetting);
    const file = environment[fileSettingOf(databaseSetting)];
    const databaseUrlFile = file ? resolve(projectFolder, file) : null;
    const databaseUrlIsSet = configuredUrl !== undefined;
    const databaseUrl = configuredUrl ?? `file:${join(dataFolder, manifest[name].database.file)}`;
    const database = parseDatabaseUrl(databaseUrl, projectFolder);
    const service = {
      port,
      portSetting,
      replicas: replicaPorts({ port, portSetting }, others),
      databaseUrl,
      databaseUrlFile,
      databaseSetting,
      databaseUrlIsSet,
    };
    if (!('error' in database)) return { ...service, database };
    const setting = configuredUrl === undefined ? 'DATA_DIR' : databaseSetting;
    reader.problems.push(`${setting} ${database.error}`);
    return { ...service, database: PLACEHOLDER };
  }
}

function assertDistinctPorts(reader: SettingsReader, ports: readonly PortSettings[]): void {
  for (const [index, one] of ports.entries()) {
    const twin = ports.slice(index + 1).find(({ port }) => port === one.port);
    if (twin === undefined) continue;
    reader.problems.push(
      `${one.portSetting} and ${twin.portSetting} must differ, but both are ${one.port}.`,
    );
  }
}

function readHost(reader: SettingsReader, name: string): string {
  return reader.text(name, { default: '127.0.0.1', hint: 'an address of this machine' });
}

/** The gateway's is the first, then come the services in their order. */
function readMetrics(reader: SettingsReader, others: number): Settings['metrics'] {
  if (reader.optional('METRICS_PORT') === undefined) return null;
  const max = LAST_PORT - serviceNames.length - others * REPLICA_STEP;
  const port = reader.integer('METRICS_PORT', { default: max, min: 1, max });
  const first = { port, portSetting: 'METRICS_PORT' };
  const ofServices = mapServices((name) => {
    const step = serviceNames.indexOf(name) + 1;
    return replicaPorts(portBeside(first, step), name === REPLICATED ? others : 0);
  });
  return { host: readHost(reader, 'METRICS_HOST'), ports: { gateway: [first], ...ofServices } };
}

function replicaPorts({ port, portSetting }: PortSettings, others: number): PortSettings[] {
  const steps = Array.from({ length: others }, (_, index) => (index + 1) * REPLICA_STEP);
  const first = { port, portSetting };
  return [first, ...steps.map((step) => portBeside(first, step))];
}

function portBeside({ port, portSetting }: PortSettings, step: number): PortSettings {
  return { port: port + step, portSetting: `${portSetting} + ${step}` };
}

/**
 * A secret that a command needs itself.
 * @throws SettingsError when there is none, or its file can't be used.
 */
export function readSecret(environment: Environment, name: string): string {
  const reader = settingsReader(environment, projectFolder);
  const secret = reader.secret(name, { hint: 'npm start makes it by itself.' });
  reader.finish();
  return secret;
}

function ignoredSettings(environment: Environment): Settings['notes'] {
  const notes: Settings['notes'] = {};
  const settings = serviceNames.map(settingsOf);
  if (isSecretSet(environment, 'DATABASE_URL')) {
    const names = settings.map(({ databaseUrl }) => databaseUrl).join(' and ');
    notes.DATABASE_URL = `DATABASE_URL is ignored: it would be one database for all services. Set ${names}.`;
  }
  if (environment['PORT']) {
    const names = [settingsOf('gateway'), ...settings].map(({ port }) => port).join(' and ');
    notes.PORT = `PORT is ignored: it would be one port for all of them. Set ${names}.`;
  }
  return notes;
}
