import { resolve } from 'node:path';
import {
  createKeyring,
  isSecretSet,
  SettingsError,
  settingsReader,
  StartupError,
} from '@anaquel/runtime';
import type { Environment } from '@anaquel/runtime';
import {
  allScopes,
  gatewayKeySettings,
  mapServices,
  serviceNames,
  settingsOf,
} from '../../services/manifest.ts';
import { mainOf } from '../build-services.ts';
import { readConfigOf } from '../service-configs.ts';
import { projectFolder, readSettings } from '../settings.ts';
import type { ReadOptions, Settings } from '../settings.ts';
import { misspeltSettings } from './misspelt-settings.ts';
import { pathProblems } from './path-problems.ts';
import { baseUrls, shopProcesses } from './processes.ts';

export interface CheckedSettings {
  settings: Settings;
  /** What is wrong, a line each; the settings are of use only when nothing is. */
  problems: string[];
  /** What has no effect, a line each. */
  notes: string[];
}

/**
 * Reads the settings of the start and of every service before any runs. `secrets` are those that
 * the start makes when they are missing.
 */
export async function checkSettings(
  environment: Environment,
  secrets: readonly string[],
  options: ReadOptions,
): Promise<CheckedSettings> {
  const names = new Set<string>();
  const problems: string[] = [];
  const attempt = <Value>(work: () => Value): Value | null => collectProblems(problems, work);

  const read = attempt(() => readSettings(readRecorder(names, environment), options));
  if (read) problems.push(...pathProblems(read), ...replicaProblems(read));
  // What services make of theirs can be told whatever is wrong with the others.
  const settings = read ?? readSettings({}, options);
  const missing = secrets.filter((name) => !isSecretSet(environment, name));
  const stillToBeMade = Object.fromEntries(missing.map((name) => [name, 'x'.repeat(43)]));
  const processes = shopProcesses({
    settings,
    environment: { ...environment, ...stillToBeMade },
    urls: baseUrls(settings),
    keysFiles: mapServices(() => ''),
    mainOf,
  });
  for (const [name, replicas] of processes) {
    const readConfig = await readConfigOf(name);
    for (const { env } of replicas)
      attempt(() => readConfig(readRecorder(names, env), projectFolder));
  }
  const keysFile = environment['KEYS_FILE'];
  if (keysFile) {
    for (const name of serviceNames)
      attempt(() => readKeysFile(name, resolve(projectFolder, keysFile)));
  }
  problems.push(...sharedKeyProblems(environment));
  const notes = [...Object.values(settings.notes), ...misspeltSettings(environment, names)];
  return { settings, problems: eachOnce(problems), notes };
}

function replicaProblems({ services }: Settings): string[] {
  return serviceNames
    .map((name) => services[name])
    .filter(({ replicas, database }) => replicas.length > 1 && database.kind === 'sqlite')
    .map(
      ({ databaseSetting }) =>
        `REPLICAS must be 1 while ${databaseSetting} is a file, which has one service: docs/postgresql.md leads to more.`,
    );
}

/** Services share settings, and say the same of them before they say what each needs them for. */
function eachOnce(problems: readonly string[]): string[] {
  const sentences = new Set<string>();
  return problems.filter((problem) => {
    const sentence = problem.split('. ', 1).join();
    const isNews = !sentences.has(sentence);
    sentences.add(sentence);
    return isNews;
  });
}

/**
 * A key of the gateway's that is another one as well would give visitors, or operators, all that
 * the other may do.
 */
function sharedKeyProblems(environment: Environment): string[] {
  const gatewayNames = Object.values(gatewayKeySettings);
  const serviceKeys = serviceNames.map((name) => settingsOf(name).apiKey);
  // What is wrong with one of them the services say.
  const reader = settingsReader(environment, projectFolder);
  const keyIn = new Map(
    [...serviceKeys, ...gatewayNames].map((name) => [name, reader.optionalSecret(name)]),
  );
  return gatewayNames.flatMap((name, index) => {
    const others = [...serviceKeys, ...gatewayNames.slice(0, index)];
    const key = keyIn.get(name);
    const twin = others.find((other) => key !== undefined && keyIn.get(other) === key);
    return twin === undefined
      ? []
      : [`${name} must differ from ${twin}: each key has rights of its own.`];
  });
}

function collectProblems<Value>(problems: string[], work: () => Value): Value | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SettingsError || error instanceof StartupError)) throw error;
    problems.push(...error.message.split('\n'));
    return null;
  }
}

function readKeysFile(name: string, keysFile: string): void {
  createKeyring({ master: { name, key: name }, scopes: allScopes, keysFile, anonymousScopes: [] });
}

/** The same environment, which adds each name that is read to `names`: those are the settings. */
export function readRecorder(names: Set<string>, environment: Environment): Environment {
  return new Proxy(environment, {
    get(target, name) {
      if (typeof name === 'string') names.add(name);
      return Reflect.get(target, name) as string | undefined;
    },
  });
}
