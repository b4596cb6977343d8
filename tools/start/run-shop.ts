import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { databaseName, fileSettingOf, SettingsError } from '@anaquel/runtime';
import { buildServices, mainOf, sourceOf } from '../build-services.ts';
import { buildWebApp } from '../build-web-app.ts';
import {
  gatewayKeySettings,
  mapServices,
  serviceNames,
  services as manifest,
  settingsOf,
  type ProcessName,
} from '../../services/manifest.ts';
import { writeKeysFiles } from '../gateway-keys.ts';
import { migrateUp } from '../open-migrations.ts';
import { envFile, projectFolder, readSecret } from '../settings.ts';
import type { Settings } from '../settings.ts';
import { welcome } from './banner.ts';
import { checkSettings } from './check-settings.ts';
import { isDataFolderLocked, lockDataFolder, openDemoMark } from './data-folder.ts';
import type { DemoMark } from './data-folder.ts';
import { readDatabaseStates } from './database-state.ts';
import type { DatabaseStates } from './database-state.ts';
import {
  makeMissingSecrets,
  randomKey,
  randomPassword,
  randomSealingKey,
  readEnvironment,
  shellExpressionForKey,
} from './env-file.ts';
import { loadDemo } from './load-demo.ts';
import { portProblem } from './ports.ts';
import { baseUrls, replicaUrls, shopProcesses, viteProcess } from './processes.ts';
import type { ShopParts } from './processes.ts';
import { createShopClient } from './shop-client.ts';
import { createShopOutput } from './shop-output.ts';
import type { ShopOutput } from './shop-output.ts';
import { superviseServices } from './supervisor.ts';
import { watchSources } from './watch-sources.ts';

const KEY_NAMES: readonly string[] = [
  ...serviceNames.map((name) => settingsOf(name).apiKey),
  ...Object.values(gatewayKeySettings),
];
const PASSWORD_NAME = 'OPERATOR_PASSWORD';
/** Services start without it, and then have no webhooks. */
const SEALING_KEY_NAME = 'WEBHOOKS_SECRET_KEY';

/**
 * Who works on it makes mistakes, and mends them while it runs; and stops a service with a
 * debugger.
 */
const DEVELOPMENT_LIMITS = {
  deathsInARow: Infinity,
  healthChecks: { everyMs: 5_000, failures: Infinity },
};

interface Options {
  /** Leaves a fresh data folder without the demo catalogue. */
  empty: boolean;
  /** For who works on it: restarts what changes, and serves the web app by Vite. */
  dev: boolean;
}

interface Shop extends ShopParts {
  demoMark: DemoMark;
  /** Where a browser is to go. */
  shopUrl: string;
  passwordIsNew: boolean;
}

/**
 * Runs all services until SIGINT, SIGTERM or SIGHUP, and resolves to true then; to false when they
 * could not go on. What a person must mend before the start is thrown, one line for each.
 */
export async function runShop(options: Options): Promise<boolean> {
  const stopping = stopSignal();
  const output = createShopOutput();
  const { say } = output;
  const { settings, states } = await readySettings(options, say);
  const lock = lockDataFolder(settings.dataFolder);
  try {
    return await runIn(settings, states, options, output, stopping);
  } finally {
    lock.release();
  }
}

/**
 * Everything that a person has to mend before the start is thrown at once, before anything is
 * changed.
 */
async function readySettings(
  { dev }: Options,
  say: (line: string) => void,
): Promise<{ settings: Settings; states: DatabaseStates }> {
  const environment = readEnvironment(envFile, process.env);
  const secrets = [...KEY_NAMES, PASSWORD_NAME];
  const { settings, problems, notes } = await checkSettings(environment, secrets, { web: dev });
  for (const note of notes) say(note);
  // Where a shop runs it is said below, and not that its ports are taken.
  if (!isDataFolderLocked(settings.dataFolder))
    problems.push(...(await portProblems(settings, dev)));
  if (problems.length > 0) throw new SettingsError(problems);
  const states = await readDatabaseStates(settings, problems);
  if (problems.length > 0) throw new SettingsError(problems);
  return { settings, states };
}

async function runIn(
  settings: Settings,
  states: DatabaseStates,
  options: Options,
  output: ShopOutput,
  stopping: AbortSignal,
): Promise<boolean> {
  const { say } = output;
  const passwordIsNew = makeSecrets(settings, states, say).includes(PASSWORD_NAME);
  const demoMark = openDemoMark(settings.dataFolder, states, options);
  await migrate(settings);
  if (!options.dev) await build(say);
  if (stopping.aborted) return true;

  const environment = readEnvironment(envFile, process.env);
  const keysFiles = writeKeysFiles(settings.dataFolder, environment);
  const urls = baseUrls(settings);
  const parts = {
    settings,
    environment,
    urls,
    keysFiles,
    mainOf: options.dev ? sourceOf : mainOf,
  };
  const processes = shopProcesses(parts);
  const vite = options.dev && hasWebApp() ? viteProcess(parts) : null;
  const supervisor = superviseServices({
    services: [...processes.values(), ...(vite ? [vite.process] : [])].flat(),
    say,
    outputs: output.outputs,
    ...(options.dev && { limits: DEVELOPMENT_LIMITS }),
  });
  const restart = (name: ProcessName): void => processes.get(name)?.forEach(supervisor.restart);
  if (options.dev) watchSources(restart, stopping);
  stopping.addEventListener('abort', () => {
    say('Stopping…');
    supervisor.stop();
  });
  if (await supervisor.started) {
    const shopUrl = vite?.url ?? urls.gateway;
    await greet({ ...parts, demoMark, shopUrl, passwordIsNew }, output, stopping);
    output.announce();
  }
  return supervisor.ended;
}

/** Returns the names of those that were made now. */
function makeSecrets(
  { services }: Settings,
  states: DatabaseStates,
  say: (line: string) => void,
): string[] {
  const keys = KEY_NAMES.map((name) => [name, randomKey] as const);
  const makers = {
    ...Object.fromEntries(keys),
    [PASSWORD_NAME]: randomPassword,
    [SEALING_KEY_NAME]: randomSealingKey,
  };
  const made = makeMissingSecrets(envFile, makers, process.env);
  // No client knows it, and a shop of an earlier release has none.
  const newNames = made.filter((name) => name !== SEALING_KEY_NAME);
  const withData = serviceNames.find((name) => states[name] !== 'missing');
  if (newNames.length > 0 && withData !== undefined) {
    say(
      `There is data in ${databaseName(services[withData].database)}, but no ${newNames.join(', ')}: new ones were made in ${envFile}.`,
    );
    say(
      'Clients that know the old ones are refused. If you have those, put them there and start again.',
    );
  }
  return newNames;
}

function hasWebApp(): boolean {
  return existsSync(join(projectFolder, 'web', 'package.json'));
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => controller.abort());
  }
  return controller.signal;
}

async function portProblems(
  { host, services, gateway, web, metrics }: Settings,
  dev: boolean,
): Promise<string[]> {
  const replicas = Object.values(services).flatMap((service) => service.replicas);
  const ports = [gateway, ...replicas, ...(dev && hasWebApp() ? [web] : [])];
  // Two that are the same have been told of.
  const distinct = ports.filter(
    ({ port }, index) => ports.findIndex((other) => other.port === port) === index,
  );
  const checks = distinct.map(({ portSetting, port }) => portProblem(portSetting, host, port));
  const ofMetrics = Object.values(metrics?.ports ?? {}).flat();
  const metricsChecks = ofMetrics.map(({ portSetting, port }) =>
    portProblem(portSetting, metrics?.host ?? host, port, 'METRICS_HOST'),
  );
  const problems = (await Promise.all([...checks, ...metricsChecks])).filter(
    (problem) => problem !== null,
  );
  return [...new Set(problems)];
}

async function build(say: (line: string) => void): Promise<void> {
  await buildServices(() => say('Building the services…'));
  await buildWebApp(() => say('Building the web app…'));
}

async function migrate(settings: Settings): Promise<void> {
  for (const name of serviceNames) {
    await migrateUp(name, settings.services[name]);
  }
}

async function greet(shop: Shop, output: ShopOutput, stopping: AbortSignal): Promise<void> {
  const { settings, environment, urls, demoMark } = shop;
  // The gateway needs no certificate of who asks.
  const isPlain = settings.scheme === 'http';
  const reachable = isPlain ? urls : { ...urls, ...mapServices(() => urls.gateway) };
  const client = createShopClient(
    mapServices((name) => ({
      url: reachable[name],
      key: readSecret(environment, settingsOf(name).apiKey),
    })),
  );
  const keys = mapServices((name) =>
    shellExpressionForKey(envFile, settingsOf(name).apiKey, process.env),
  );
  const { keysAre, passwordIs } = placesOfSecrets(shop);
  try {
    if (demoMark.isDue) {
      output.say('Loading the demo catalogue…');
      await output.withoutEvents(() => loadDemo(client));
      demoMark.clear();
    }
    const { shopUrl } = shop;
    const dataIs = placesOfData(settings);
    const otherUrls = mapServices((name) => (isPlain ? replicaUrls(name, settings).slice(1) : []));
    output.say(
      await welcome(client, {
        shopUrl,
        urls: reachable,
        otherUrls,
        keys,
        keysAre,
        passwordIs,
        dataIs,
      }),
    );
  } catch (error) {
    if (stopping.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    const effect = demoMark.isDue
      ? 'The demo catalogue is not complete; the next start goes on with it'
      : 'The services run, but';
    output.say(`${effect}: ${reason}`);
  }
}

/** The data folder, and the databases that are elsewhere. */
function placesOfData({ dataFolder, services }: Settings): string[] {
  const elsewhere = serviceNames.filter((name) => services[name].databaseUrlIsSet);
  return [
    dataFolder,
    ...elsewhere.map(
      (name) => `${manifest[name].title} in ${databaseName(services[name].database)}`,
    ),
  ];
}

/** The password is shown once, when it was made; the keys never are. */
function placesOfSecrets({ environment, passwordIsNew }: Shop): {
  keysAre: string[];
  passwordIs: string;
} {
  const fileOf = (name: string): string | undefined => environment[fileSettingOf(name)];
  const inFiles = KEY_NAMES.filter(fileOf);
  const outside = KEY_NAMES.filter((name) => process.env[name]);
  const keysAre = [
    ...(outside.length + inFiles.length < KEY_NAMES.length ? [`in ${envFile}`] : []),
    ...(outside.length > 0 ? [`${outside.join(', ')} from the environment`] : []),
    ...inFiles.map((name) => `${name} in ${fileOf(name)}`),
  ];
  const place = process.env[PASSWORD_NAME]
    ? 'from the environment'
    : `in ${fileOf(PASSWORD_NAME) ?? envFile}`;
  const passwordText = passwordIsNew ? `${environment[PASSWORD_NAME]}   (kept as ` : '';
  return {
    keysAre,
    passwordIs: `${passwordText}${PASSWORD_NAME} ${place}${passwordIsNew ? ')' : ''}`,
  };
}
