import { fileSettingOf } from '@anaquel/runtime';
import { describe, expect, test } from 'vitest';
import {
  processNames,
  serviceNames,
  settingsOf,
  type ProcessName,
} from '../../services/manifest.ts';
import { secretFileOf, secretMakers } from '../container/make-secrets.ts';
import { settingsReadBy } from '../settings-page/settings-readers.ts';
import { readComposeFile } from './compose-file.ts';
import { readProjectFile } from './project-file.ts';

const compose = readComposeFile('compose.yaml');

/** What the images set. */
const OF_THE_IMAGE = ['HOST', 'PORT'];

/** The names of all settings that a service looks at and its image doesn't set. */
async function settingsFor(service: ProcessName): Promise<string[]> {
  return [...(await settingsReadBy(service))].filter((name) => !OF_THE_IMAGE.includes(name));
}

describe('compose.yaml', () => {
  test.each(processNames)('passes on every setting that %s reads', async (service) => {
    const environment = compose.services[service]?.environment ?? {};
    const names = await settingsFor(service);
    expect(names.length).toBeGreaterThan(5);
    const isCovered = (name: string): boolean =>
      name in environment ||
      // A secret is a file.
      fileSettingOf(name) in environment ||
      names.some((other) => fileSettingOf(other) === name && other in secretMakers) ||
      OF_THE_IMAGE.some((other) => fileSettingOf(other) === name) ||
      // Defaults of others, which are set.
      name === settingsOf(service).baseUrl ||
      (service === 'gateway' && serviceNames.some((one) => settingsOf(one).publicUrl === name));
    expect(
      names.filter((name) => !isCovered(name)),
      `add these to the environment of ${service} in compose.yaml`,
    ).toEqual([]);
  });

  test('lets every setting be chosen outside, but those that the file decides', () => {
    const decided = new Set(['KEYS_FILE', 'TRUST_PROXY', ...serviceNames.map(baseUrlOf)]);
    const fixed = processNames.flatMap((service) =>
      Object.entries(compose.services[service]?.environment ?? {})
        .filter(([, value]) => !value.includes(`\${`) && !value.startsWith('/run/secrets/'))
        .map(([name]) => name),
    );
    expect(fixed.filter((name) => !decided.has(name))).toEqual([]);
  });

  test('takes each secret from the file that make-secrets makes, where it is needed', () => {
    const files = Object.keys(secretMakers).map(secretFileOf);
    expect(Object.keys(compose.secrets).sort()).toEqual(files.sort());
    for (const [name, { environment = {}, secrets: mounted = [] }] of Object.entries(
      compose.services,
    )) {
      const read = Object.entries(environment)
        .filter(([, value]) => value.startsWith('/run/secrets/'))
        .map(([setting, value]) => {
          expect(value).toBe(`/run/secrets/${secretFileOf(setting.replace(/_FILE$/, ''))}`);
          return value.slice('/run/secrets/'.length);
        });
      expect(mounted.map(String).sort(), `the secrets of ${name}`).toEqual(read.sort());
    }
  });

  test('gives no container more rights than it needs', () => {
    const { test: _, ...others } = compose.services;
    for (const [name, service] of Object.entries(others)) {
      expect(service, `the rights of ${name}`).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        pids_limit: expect.any(Number),
      });
    }
    for (const name of processNames) expect(compose.services[name]?.mem_limit).toBeDefined();
  });

  test('lets the services answer to the names by which they reach each other', () => {
    for (const service of serviceNames)
      expect(compose.services[service]?.environment?.['ALLOWED_HOSTS']).toMatch(
        new RegExp(`^${service},`),
      );
  });
});

describe('compose.scale.yaml', () => {
  const { services, secrets: files } = readComposeFile('compose.scale.yaml');

  test('takes images of others by their version', () => {
    const images = Object.values(services).flatMap(({ image }) => image ?? []);
    const others = images.filter((image) => !image.startsWith('anaquel/'));
    expect(others.length).toBeGreaterThan(3);
    for (const image of others) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z]+)?$/);
  });

  test('has a file for each secret that a container is given', () => {
    const known = new Set([...Object.keys(compose.secrets), ...Object.keys(files)]);
    const mounted = Object.values(services).flatMap(({ secrets: names = [] }) =>
      names.map((one) => (typeof one === 'string' ? one : one.source)),
    );
    expect(mounted.filter((name) => !known.has(name))).toEqual([]);
  });
});

function baseUrlOf(service: (typeof serviceNames)[number]): string {
  return settingsOf(service).baseUrl;
}

test('the image builds with optional packages, which the bundler’s native parts are', () => {
  const [, packages = ''] =
    /^FROM \S+ AS packages$([^]*?)^FROM /m.exec(readProjectFile('Dockerfile')) ?? [];
  expect(packages).toMatch(/npm ci .*--include=optional/);
});
