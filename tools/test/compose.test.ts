import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig as readGatewayConfig } from '../../services/gateway/src/config.ts';
import { readConfig as readInventoryConfig } from '../../services/inventory/src/config.ts';
import { readConfig as readProductsConfig } from '../../services/products/src/config.ts';
import { projectFolder, type ProcessName } from '../settings.ts';

const read = (name: string): string => readFileSync(join(projectFolder, name), 'utf8');
const compose = read('compose.yaml');

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

/** The names of all settings that a service looks at. */
function settingsOf(readConfig: (env: Record<string, string>, folder: string) => unknown) {
  const names = new Set<string>();
  const env = new Proxy<Record<string, string>>(
    {},
    {
      get(_target, name) {
        names.add(String(name));
        return /(?:_API_KEY|PASSWORD)$/.test(String(name)) ? SECRET : undefined;
      },
    },
  );
  readConfig(env, '/');
  return [...names].filter((name) => !OF_THE_IMAGE.has(name));
}

describe('compose.yaml', () => {
  test.each([
    ['products', readProductsConfig],
    ['inventory', readInventoryConfig],
    ['gateway', readGatewayConfig],
  ] as const)('says something of every setting that %s reads', (service, readConfig) => {
    const settings = settingsOf(readConfig);
    expect(settings.length).toBeGreaterThan(5);
    const said = environmentOf(service);
    // Defaults of other settings, which are set.
    const covered = new Set([
      `${service.toUpperCase()}_BASE_URL`,
      ...(service === 'gateway' ? ['PRODUCTS_PUBLIC_URL', 'INVENTORY_PUBLIC_URL'] : []),
    ]);
    const missing = settings.filter((name) => !said.has(name) && !covered.has(name));
    expect(missing).toEqual([]);
  });

  test('lets the services answer to the names by which they reach each other', () => {
    for (const service of ['products', 'inventory'] as const)
      expect(environmentOf(service).get('ALLOWED_HOSTS')).toMatch(new RegExp(`^${service},`));
  });
});

test('the image builds the web app with its optional packages, which its bundler’s native parts are', () => {
  const [, web = ''] = /^FROM dependencies AS web$([^]*?)^FROM /m.exec(read('Dockerfile')) ?? [];
  expect(web).toMatch(/^RUN npm ci .*--include=optional/m);
});
