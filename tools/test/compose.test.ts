import { fileSettingOf } from '@anaquel/runtime';
import { describe, expect, test } from 'vitest';
import {
  gatewayKeySettings,
  processNames,
  serviceNames,
  settingsOf,
  type ProcessName,
} from '../../services/manifest.ts';
import { readConfigOf } from '../service-configs.ts';
import { readRecorder } from '../start/check-settings.ts';
import { readProjectFile } from './deployment.ts';

const compose = readProjectFile('compose.yaml');

/** What the image itself sets. */
const OF_THE_IMAGE = new Set(['HOST', 'PORT', 'DATABASE_URL']);
const SECRET = 'a-secret-that-is-long-enough-for-all';
const LINE = /^ +([A-Z_]+): (.*)$/gm;

/** The environment of a service: the lines of its block, and those of the blocks that it merges. */
function environmentOf(service: ProcessName): ReadonlyMap<string, string> {
  const [block = ''] = new RegExp(`^  ${service}:$[^]*?(?=^  \\S|^\\S)`, 'm').exec(compose) ?? [];
  const [, merged = ''] = /^ +environment:\n +<<: (.*)$/m.exec(block) ?? [];
  const blocks = [...merged.matchAll(/\*([\w-]+)/g)].map(
    ([, name]) => new RegExp(`^\\S+ &${name}$[^]*?(?=^\\S)`, 'm').exec(compose)?.[0] ?? '',
  );
  const lines = [...blocks, block].flatMap((text) => [...text.matchAll(LINE)]);
  return new Map(lines.map(([, name = '', value = '']) => [name, value]));
}

const secrets = Object.fromEntries(
  [
    ...serviceNames.map((name) => settingsOf(name).apiKey),
    ...Object.values(gatewayKeySettings),
    'OPERATOR_PASSWORD',
  ].map((name) => [name, SECRET]),
);

/** The names of all settings that a service looks at. */
async function settingsReadBy(service: ProcessName): Promise<string[]> {
  const names = new Set<string>();
  const readConfig = await readConfigOf(service);
  readConfig(readRecorder(names, secrets), '/');
  return [...names].filter((name) => !OF_THE_IMAGE.has(name));
}

test.each(processNames)('README.md has a row for every setting that %s reads', async (service) => {
  const rows = readProjectFile('README.md').matchAll(/^\| (`[A-Z_`, ]+`) \|/gm);
  const settings = new Set([...rows].flatMap(([, names = '']) => names.match(/[A-Z_]+/g) ?? []));
  expect((await settingsReadBy(service)).filter((name) => !settings.has(name))).toEqual([]);
});

describe('compose.yaml', () => {
  test.each(processNames)('says something of every setting that %s reads', async (service) => {
    const names = await settingsReadBy(service);
    expect(names.length).toBeGreaterThan(5);
    const environment = environmentOf(service);
    // Defaults of other settings, which are set.
    const covered = new Set([
      settingsOf(service).baseUrl,
      ...(service === 'gateway' ? serviceNames.map((name) => settingsOf(name).publicUrl) : []),
      // Whoever has secrets as files adds these lines and their mounts.
      ...[...names, ...OF_THE_IMAGE].map(fileSettingOf),
    ]);
    expect(names.filter((name) => !environment.has(name) && !covered.has(name))).toEqual([]);
  });

  test('lets the services answer to the names by which they reach each other', () => {
    for (const service of serviceNames)
      expect(environmentOf(service).get('ALLOWED_HOSTS')).toMatch(new RegExp(`^${service},`));
  });
});

test('the image builds with optional packages, which the bundler’s native parts are', () => {
  const [, build = ''] =
    /^FROM dependencies AS build$([^]*?)^FROM /m.exec(readProjectFile('Dockerfile')) ?? [];
  expect(build).toMatch(/^RUN npm ci .*--include=optional/m);
});
