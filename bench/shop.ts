import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateUp } from '../tools/open-migrations.ts';
import {
  projectFolder,
  readSettings,
  serviceEnvironment,
  serviceNodeFlags,
} from '../tools/settings.ts';
import { serviceNames, type ServiceName } from '../services/manifest.ts';

/**
 * The real services as real processes, on a fresh data folder, and whatever servers they are
 * measured against.
 */
export interface Shop {
  readonly origins: Readonly<Record<ServiceName, string>>;
  /** The SQLite files, to be filled before the services start. */
  readonly files: Readonly<Record<ServiceName, string>>;
  start(): Promise<void>;
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
  stop(): Promise<void>;
}

export const API_KEY = 'the-key-of-the-benchmark';
const START_TIMEOUT_MS = 20_000;

export interface ShopOptions {
  /** Where to write CPU profiles; null for none. */
  readonly profileFolder: string | null;
}

export async function createShop({ profileFolder }: ShopOptions): Promise<Shop> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'anaquel-bench-'));
  const settings = readSettings({ DATA_DIR: dataFolder });
  for (const name of serviceNames) {
    await migrateUp(name, settings.services[name]);
  }
  const origins = { products: '', inventory: '' };
  const running = new Map<ServiceName, RunningServer>();
  const logFile = (name: ServiceName): string => join(dataFolder, `${name}.log`);

  async function stop(): Promise<void> {
    for (const [name, server] of running) {
      await server.stop();
      running.delete(name);
    }
  }

  return {
    origins,
    files: {
      products: join(dataFolder, 'products.db'),
      inventory: join(dataFolder, 'inventory.db'),
    },
    async start() {
      for (const name of serviceNames) {
        const server = await startServer(join('services', name, 'src', 'main.ts'), {
          profileFolder,
          logFile: logFile(name),
          env: {
            DATABASE_URL: settings.services[name].databaseUrl,
            PRODUCTS_API_KEY: API_KEY,
            INVENTORY_API_KEY: API_KEY,
            PRODUCTS_BASE_URL: origins.products || 'http://127.0.0.1:1',
          },
        });
        origins[name] = server.origin;
        running.set(name, server);
      }
    },
    peakMemoryMiB(name) {
      const pid = running.get(name)?.child.pid;
      try {
        const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return kib === undefined ? null : Math.round(Number(kib) / 1024);
      } catch {
        return null;
      }
    },
    output: (name) => readFileSync(logFile(name), 'utf8'),
    stop,
    async remove() {
      await stop();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

interface RunningServer extends ServerProcess {
  readonly child: ChildProcess;
}

interface ServerOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly profileFolder?: string | null;
  /** Where its output goes; nowhere when left out. */
  readonly logFile?: string;
}

/** Runs a script that calls `runService` and waits until it is ready. */
export async function startServer(script: string, options: ServerOptions): Promise<RunningServer> {
  const { env, profileFolder = null, logFile } = options;
  const profiling = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const child = spawn(process.execPath, [...serviceNodeFlags, ...profiling, script], {
    cwd: projectFolder,
    env: { PORT: '0', ...serviceEnvironment, ...env },
    stdio: ['ignore', logFile === undefined ? 'ignore' : openSync(logFile, 'a'), 'inherit', 'ipc'],
  });
  const [message] = (await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) }),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${script} ended with ${code} before it was ready`);
    }),
  ])) as [{ address?: string }];
  if (message.address === undefined) throw new Error(`${script} did not say where it listens`);
  return {
    child,
    origin: message.address,
    async stop() {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}
