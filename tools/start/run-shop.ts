import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '@anaquel/runtime';
import { SettingsError } from '@anaquel/runtime';
import { withMigrations } from '../open-migrations.ts';
import {
  envFile,
  projectFolder,
  readSettings,
  serviceNames,
  serviceEnvironment,
  serviceNodeFlags,
} from '../settings.ts';
import type { ServiceName, Settings } from '../settings.ts';
import { welcome } from './banner.ts';
import { ensureWritableFolder, openDemoMark } from './data-folder.ts';
import type { DemoMark } from './data-folder.ts';
import { makeMissingKeys, readEnvironment, shellExpressionForKey } from './env-file.ts';
import { loadDemo } from './load-demo.ts';
import { portProblem } from './ports.ts';
import type { ServiceProcess } from './service-process.ts';
import { createShopClient } from './shop-client.ts';
import { superviseServices } from './supervisor.ts';

const TITLES: Record<ServiceName, string> = { products: 'Products', inventory: 'Inventory' };
const KEY_NAMES: Record<ServiceName, string> = {
  products: 'PRODUCTS_API_KEY',
  inventory: 'INVENTORY_API_KEY',
};

const EVENTS_MS = 150;

interface Shop {
  settings: Settings;
  environment: Environment;
  urls: Record<ServiceName, string>;
  demoMark: DemoMark;
}

/**
 * Runs all services until SIGINT, SIGTERM or SIGHUP, and resolves to true then; to false when they
 * could not go on. What a person must mend before the start is thrown, one line for each.
 */
export async function runShop(options: { empty: boolean }): Promise<boolean> {
  const stopping = stopSignal();
  const settings = readSettings(readEnvironment(envFile, process.env));
  for (const note of Object.values(settings.notes)) console.log(note);
  await assertPortsFree(settings);
  ensureWritableFolder(settings.dataFolder);
  makeMissingKeys(envFile, Object.values(KEY_NAMES), process.env);

  const demoMark = openDemoMark(settings, options);
  await migrate(settings);
  if (stopping.aborted) return true;

  const environment = readEnvironment(envFile, process.env);
  const shop = { settings, environment, urls: baseUrls(settings), demoMark };
  const complaints = createComplaints();
  const supervisor = superviseServices({
    services: serviceNames.map((name) => serviceProcess(name, shop)),
    say: (line) => console.log(line),
    complain: complaints.write,
  });
  stopping.addEventListener('abort', () => {
    console.log('Stopping…');
    supervisor.stop();
  });
  if (await supervisor.started) {
    complaints.passAll();
    await greet(shop, stopping);
  }
  return supervisor.ended;
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => controller.abort());
  }
  return controller.signal;
}

async function assertPortsFree({ host, services }: Settings): Promise<void> {
  const checks = Object.values(services).map(({ portSetting, port }) =>
    portProblem(portSetting, host, port),
  );
  const problems = (await Promise.all(checks)).filter((problem) => problem !== null);
  if (problems.length > 0) throw new SettingsError(problems);
}

async function migrate(settings: Settings): Promise<void> {
  for (const name of serviceNames) {
    await withMigrations(name, settings.services[name], (migrations) => migrations.up());
  }
}

function serviceProcess(name: ServiceName, { settings, environment, urls }: Shop): ServiceProcess {
  const { port, databaseUrl } = settings.services[name];
  return {
    name: TITLES[name],
    args: [...serviceNodeFlags, join('services', name, 'src', 'main.ts')],
    cwd: projectFolder,
    env: {
      PRODUCTS_BASE_URL: urls.products,
      INVENTORY_BASE_URL: urls.inventory,
      ...serviceEnvironment,
      ...environment,
      PORT: String(port),
      DATABASE_URL: databaseUrl,
    },
    readyUrl: `${urls[name]}/health/ready`,
  };
}

function baseUrls({ host, services }: Settings): Record<ServiceName, string> {
  const anyAddress = host === '0.0.0.0' || host === '::';
  const reachable = anyAddress ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return {
    products: `http://${reachable}:${services.products.port}`,
    inventory: `http://${reachable}:${services.inventory.port}`,
  };
}

/** Until all are ready the services tend to complain of the same thing: each line is written once. */
function createComplaints() {
  const seen = new Set<string>();
  let all = false;
  return {
    passAll: () => {
      all = true;
    },
    write: (text: string) => {
      for (const line of text.split(/(?<=\n)/)) {
        if (all || !seen.has(line)) process.stderr.write(line);
        if (!all) seen.add(line);
      }
    },
  };
}

async function greet(
  { settings, environment, urls, demoMark }: Shop,
  stopping: AbortSignal,
): Promise<void> {
  const client = createShopClient({
    products: { url: urls.products, key: environment[KEY_NAMES.products] ?? '' },
    inventory: { url: urls.inventory, key: environment[KEY_NAMES.inventory] ?? '' },
  });
  const expressionOf = (name: ServiceName): string =>
    shellExpressionForKey(envFile, KEY_NAMES[name], process.env);
  const keysAre = keyPlaces();
  try {
    if (demoMark.isDue) {
      console.log('Loading the demo catalogue…');
      await loadDemo(client);
      // The events of the last changes are printed a moment later; what people look for comes after them.
      await delay(EVENTS_MS);
      demoMark.clear();
    }
    const keys = { products: expressionOf('products'), inventory: expressionOf('inventory') };
    console.log(await welcome(client, { urls, keys, keysAre, dataFolder: settings.dataFolder }));
  } catch (error) {
    if (stopping.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    const effect = demoMark.isDue
      ? 'The demo catalogue is not complete; the next start goes on with it'
      : 'The services run, but';
    console.log(`${effect}: ${reason}`);
  }
}

/** One line for each place that keys are in. */
function keyPlaces(): string[] {
  const all = Object.values(KEY_NAMES);
  const outside = all.filter((name) => process.env[name]);
  const inside = all.filter((name) => !process.env[name]);
  return [
    ...(inside.length > 0 ? [`${inside.join(' and ')} in ${envFile}`] : []),
    ...(outside.length > 0 ? [`${outside.join(' and ')} from the environment`] : []),
  ];
}
