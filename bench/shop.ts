import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceName } from '../services/manifest.ts';
import type * as ownBuilder from '../tools/build-services.ts';
import type * as ownSettings from '../tools/settings.ts';
import type { Fill, Store } from './databases.ts';
import { untilIdle } from './thread-times.ts';

/** The real services of a checkout as real processes, on a fresh data folder. */
export interface Shop {
  /** Of each service its replicas. */
  readonly servers: Readonly<Record<ServiceName, readonly ServerProcess[]>>;
  /** The most memory that a replica has had, in MiB; NaN where the system doesn't tell. */
  peakMemoryMiB(service: ServiceName): number;
  /** The end of what a service has printed so far: with its events the whole is a gigabyte. */
  lastOutput(service: ServiceName): string;
  stop(): Promise<void>;
  /** Stops what runs and removes the data. */
  remove(): Promise<void>;
}

export interface ServerProcess {
  readonly origin: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export const API_KEY = 'the-key-of-the-benchmark';
const START_TIMEOUT_MS = 20_000;

export interface ShopOptions {
  /** The folder of the checkout: another one has its own migrations, settings and services. */
  readonly checkout: string;
  readonly fill: Fill;
  readonly store: Store;
  /** Of Inventory. */
  readonly replicas?: number;
  /** More of them for both services. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where to write CPU profiles; null for none. */
  readonly profileFolder: string | null;
}

export async function startShop(options: ShopOptions): Promise<Shop> {
  const { checkout, fill, store, replicas = 1, settings = {}, profileFolder } = options;
  const databases = await store.createDatabases(checkout, fill);
  const mainOf = await buildIn(checkout);
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-bench-logs-'));
  // Whatever runs a service in that checkout runs it here.
  const own: typeof ownSettings = await import(join(checkout, 'tools/settings.ts'));
  const { serviceNodeFlags, serviceEnvironment } = own;
  const logFile = (name: ServiceName): string => join(folder, `${name}.log`);
  const profiling = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const start = (name: ServiceName, productsUrl: string): Promise<ServerProcess> =>
    startServer(mainOf(name), {
      folder: checkout,
      flags: [...serviceNodeFlags, ...profiling],
      logFile: logFile(name),
      env: {
        ...serviceEnvironment,
        DATABASE_URL: databases.urls[name],
        PRODUCTS_API_KEY: API_KEY,
        INVENTORY_API_KEY: API_KEY,
        PRODUCTS_BASE_URL: productsUrl,
        TRUST_PROXY: 'loopback',
        ...settings,
      },
    });
  const products = await start('products', 'http://127.0.0.1:1');
  const inventories: ServerProcess[] = [];
  while (inventories.length < replicas) inventories.push(await start('inventory', products.origin));
  // Products derives the texts that searches go by, of every product that was filled in.
  await untilIdle(products.pid);

  async function stop(): Promise<void> {
    for (const inventory of inventories) await inventory.stop();
    await products.stop();
  }
  const servers = { products: [products], inventory: inventories };
  return {
    servers,
    peakMemoryMiB: (name) => Math.max(...servers[name].map(({ pid }) => peakMemoryMiB(pid))),
    lastOutput: (name) => endOf(logFile(name)),
    stop,
    async remove() {
      await stop();
      databases.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What the checkout runs services from. One of an earlier release has no bundles. */
async function buildIn(checkout: string): Promise<(name: ServiceName) => string> {
  const builder = join(checkout, 'tools/build-services.ts');
  if (!existsSync(builder)) return (name) => join('services', name, 'src', 'main.ts');
  const { buildServices, bundleOf }: typeof ownBuilder = await import(builder);
  await buildServices(() => {});
  return bundleOf;
}

const END_BYTES = 65_536;

function endOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(END_BYTES);
    const from = Math.max(0, fstatSync(file).size - END_BYTES);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, END_BYTES, from));
  } finally {
    closeSync(file);
  }
}

function peakMemoryMiB(pid: number): number {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kib) / 1024);
  } catch {
    return Number.NaN;
  }
}

interface ServerOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** For Node. */
  readonly flags?: readonly string[];
  /** Where its output goes; nowhere when left out. */
  readonly logFile?: string;
}

/** Runs a script that tells its address to its parent, and waits until it does. */
export async function startServer(script: string, options: ServerOptions): Promise<ServerProcess> {
  const { folder, env, flags = [], logFile } = options;
  const child = spawn(process.execPath, [...flags, script], {
    cwd: folder,
    env: { PORT: '0', ...env },
    stdio: ['ignore', logFile === undefined ? 'ignore' : openSync(logFile, 'a'), 'inherit', 'ipc'],
  });
  const [message] = (await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) }),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${script} ended with ${code} before it was ready`);
    }),
  ])) as [{ address?: string }];
  const { pid } = child;
  if (message.address === undefined || pid === undefined)
    throw new Error(`${script} did not say where it listens`);
  return {
    pid,
    origin: message.address,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}
