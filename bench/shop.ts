import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServiceName } from '../services/manifest.ts';
import type * as ownSettings from '../tools/settings.ts';
import type * as ownFill from './fill.ts';
import { untilIdle } from './thread-times.ts';

/** The real services of a checkout as real processes, on a fresh data folder. */
export interface Shop {
  readonly servers: Readonly<Record<ServiceName, ServerProcess>>;
  /** The most memory that a service has had, in MiB; null where the system doesn't tell. */
  peakMemoryMiB(service: ServiceName): number | null;
  /** What a service has printed so far. */
  output(service: ServiceName): string;
  stop(): Promise<void>;
  /** Stops what runs and removes the data. */
  remove(): Promise<void>;
}

export interface ServerProcess {
  readonly origin: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The SQLite files of a shop. */
export type DatabaseFiles = Readonly<Record<ServiceName, string>>;

export const API_KEY = 'the-key-of-the-benchmark';
const START_TIMEOUT_MS = 20_000;

export interface ShopOptions {
  /** The folder of the checkout: another one has its own migrations, settings and services. */
  readonly checkout: string;
  readonly fill: Fill;
  /** Where to write CPU profiles; null for none. */
  readonly profileFolder: string | null;
}

/** How many products there are, how many of them have stock, and how many movements explain it. */
export interface Fill {
  readonly products: number;
  readonly stocked: number;
  readonly movements: number;
}

export async function startShop({ checkout, fill, profileFolder }: ShopOptions): Promise<Shop> {
  const { folder, files } = await createDatabases(checkout, fill);
  // Whatever runs a service in that checkout runs it here.
  const settings: typeof ownSettings = await import(join(checkout, 'tools/settings.ts'));
  const { serviceNodeFlags, serviceEnvironment } = settings;
  const logFile = (name: ServiceName): string => join(folder, `${name}.log`);
  const profiling = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const start = (name: ServiceName, productsUrl: string): Promise<ServerProcess> =>
    startServer(join('services', name, 'src', 'main.ts'), {
      folder: checkout,
      flags: [...serviceNodeFlags, ...profiling],
      logFile: logFile(name),
      env: {
        ...serviceEnvironment,
        DATABASE_URL: `file:${files[name]}`,
        PRODUCTS_API_KEY: API_KEY,
        INVENTORY_API_KEY: API_KEY,
        PRODUCTS_BASE_URL: productsUrl,
      },
    });
  const products = await start('products', 'http://127.0.0.1:1');
  const inventory = await start('inventory', products.origin);
  // Products derives the texts that searches go by, of every product that was filled in.
  await untilIdle(products.pid);

  async function stop(): Promise<void> {
    await inventory.stop();
    await products.stop();
  }
  const servers = { products, inventory };
  return {
    servers,
    peakMemoryMiB: (name) => peakMemoryMiB(servers[name].pid),
    output: (name) => readFileSync(logFile(name), 'utf8'),
    stop,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Databases as a checkout makes and fills them, in a folder of their own. */
export async function createDatabases(
  checkout: string,
  { products, stocked, movements }: Fill,
): Promise<{ folder: string; files: DatabaseFiles }> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-bench-'));
  const files = {
    products: join(folder, 'products.db'),
    inventory: join(folder, 'inventory.db'),
  };
  const env = {
    ...process.env,
    PRODUCTS_DATABASE_URL: `file:${files.products}`,
    INVENTORY_DATABASE_URL: `file:${files.inventory}`,
  };
  const migrate = [join('tools', 'migrate.ts'), 'up'];
  await promisify(execFile)(process.execPath, migrate, { cwd: checkout, env });
  const fill: typeof ownFill = await import(join(checkout, 'bench/fill.ts'));
  fill.fillProducts(files.products, products);
  fill.fillLedger(files.inventory, stocked, movements);
  return { folder, files };
}

function peakMemoryMiB(pid: number): number | null {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Math.round(Number(kib) / 1024);
  } catch {
    return null;
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
