import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { isSoak } from '@anaquel/runtime/soak-counts';
import { projectFolder } from '../tools/settings.ts';
import { startServices } from './services.ts';

// Clients that generators make of our documents, compiled as users would compile them.

const run = promisify(execFile);
const source = resolve(projectFolder, 'tools/openapi-clients');
const MANIFEST = ['package.json', 'package-lock.json', '.npmrc'];
const INSTALL_MS = 180_000;
const STEP_MS = 120_000;
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT/;

const documents = {
  products: ['products', '/openapi.json'],
  inventory: ['inventory', '/openapi.json'],
  'products-at-the-gateway': ['gateway', '/openapi/products.json'],
  'inventory-at-the-gateway': ['gateway', '/openapi/inventory.json'],
  both: ['gateway', '/openapi.json'],
  gateway: ['gateway', '/docs/json'],
} as const;
const names = Object.keys(documents) as (keyof typeof documents)[];
/** `both` has all that the documents of one service have; of those there are clients in a soak. */
const namesOfClients = isSoak ? names : (['both', 'gateway'] as const);

let work: string;
/** Null when the generators are not there and cannot be fetched. */
let tools: string | null;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'anaquel-openapi-'));
  const shop = await startServices({ gateway: { STOREFRONT: 'open' } });
  try {
    for (const name of names) {
      const [service, path] = documents[name];
      const { status, text } = await shop.request(service, { path });
      if (status !== 200) throw new Error(`The document ${name} was answered ${status}`);
      await writeFile(join(work, `${name}.json`), text);
    }
  } finally {
    await shop.remove();
  }
  tools = await installedTools();
}, INSTALL_MS + STEP_MS);

afterAll(() => rm(work, { recursive: true, force: true }));

/**
 * Installs the generators once for each lockfile, outside of the project, so that the project's
 * tools don't build, check or copy them.
 */
async function installedTools(): Promise<string | null> {
  const lockfile = await readFile(join(source, 'package-lock.json'));
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const parent = join(cache, 'anaquel');
  const name = `openapi-clients-${createHash('sha256').update(lockfile).digest('hex').slice(0, 16)}`;
  const folder = join(parent, name);
  if (existsSync(folder)) return folder;
  await mkdir(parent, { recursive: true });
  const fresh = await mkdtemp(`${folder}.`);
  try {
    for (const file of MANIFEST) await cp(join(source, file), join(fresh, file));
    await run('npm', ['ci', '--ignore-scripts'], { cwd: fresh, timeout: INSTALL_MS });
    // Only a complete installation gets the final name; another run may have been faster.
    if (!existsSync(folder)) await rename(fresh, folder);
    return folder;
  } catch (error) {
    if (OFFLINE.test(String((error as { stderr?: string }).stderr))) return null;
    throw error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Skips the test without the generators, except in CI, where it fails. */
function toolsFor({ skip }: TestContext): string {
  return (
    tools ?? skip('the generators are not installed, and the registry of npm cannot be reached')
  );
}

async function node(script: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [script, ...args], {
    cwd: work,
    timeout: STEP_MS,
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: { message: string; stdout?: string }) => {
    throw new Error(`${error.message}\n${error.stdout ?? ''}`.slice(0, 5_000));
  });
  return stdout + stderr;
}

const scripts = {
  'openapi-typescript': 'openapi-typescript/bin/cli.js',
  'openapi-ts': '@hey-api/openapi-ts/bin/run.js',
  redocly: '@redocly/cli/bin/cli.js',
};
const scriptOf = (folder: string, tool: keyof typeof scripts) =>
  join(folder, 'node_modules', scripts[tool]);

describe.each(namesOfClients)('for the document %s', (name) => {
  test('openapi-typescript and openapi-ts make clients', async (context) => {
    const folder = toolsFor(context);
    const input = `${name}.json`;
    const output = `clients/${name}/client`;
    await Promise.all([
      node(scriptOf(folder, 'openapi-typescript'), [input, '-o', `clients/${name}/types.ts`]),
      node(scriptOf(folder, 'openapi-ts'), ['-i', input, '-o', output, '-s']),
    ]);
    const types = await readFile(join(work, `clients/${name}/types.ts`), 'utf8');
    const sdk = await readFile(join(work, output, 'sdk.gen.ts'), 'utf8');
    const { paths } = JSON.parse(await readFile(join(work, input), 'utf8')) as { paths: object };
    for (const path of Object.keys(paths)) {
      expect(types).toContain(`"${path}": {`);
      expect(sdk).toContain(`url: '${path}'`);
    }
  });
});

test('redocly finds no error in any of them', async (context) => {
  const folder = toolsFor(context);
  const config = join(source, 'redocly.yaml');
  const files = names.map((name) => `${name}.json`);
  const args = ['lint', ...files, '--config', config, '--format', 'json'];
  const report = await node(scriptOf(folder, 'redocly'), args);
  // The output is several reports, each a JSON text.
  const errors = [...report.matchAll(/"totals": \{\s*"errors": (\d+)/g)].map(([, count]) => count);
  expect([errors, report.slice(0, 5_000)]).toEqual([names.map(() => '0'), report.slice(0, 5_000)]);
});

/**
 * Uses of the generated types. `@ts-expect-error` marks wrong uses, and is an error itself if they
 * compile.
 */
const USES = `
import type { paths as Shop } from './clients/both/types.ts';
import { getProductsById, postPurchases } from './clients/both/client/index.ts';

type Bodies = NonNullable<Shop['/api/v1/purchases']['post']['requestBody']>['content'];
export const body: Bodies['application/vnd.api+json'] = {
  data: { type: 'purchases', attributes: { lines: [{ productId: '1', quantity: 1 }] } },
};
// @ts-expect-error a quantity is a number
const line: Bodies['application/vnd.api+json']['data']['attributes']['lines'][0] = { productId: '1', quantity: '1' };
export const wrong = line;
type Refused = Shop['/api/v1/purchases']['post']['responses'][409]['content'];
export const codeOf = (refusal: Refused['application/vnd.api+json']): string | undefined =>
  refusal.errors[0]?.code;

export async function buy(): Promise<string> {
  const { data: product } = await getProductsById({ path: { id: '1' } });
  const headers = { 'idempotency-key': 'a' };
  const { data: bought, error } = await postPurchases({ body, headers });
  return bought?.data.id ?? error?.errors[0]?.detail ?? product?.data.attributes.name ?? '';
}
`;

test('tsc --strict accepts all clients and their uses', async (context) => {
  toolsFor(context);
  await writeFile(join(work, 'uses.ts'), USES);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'esnext',
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
  };
  const files = { include: ['clients/**/*.ts', 'uses.ts'] };
  await writeFile(join(work, 'tsconfig.json'), JSON.stringify({ compilerOptions, ...files }));
  const compiler = resolve(projectFolder, 'node_modules/@typescript/native/bin/tsc');
  expect(await node(compiler, ['-p', 'tsconfig.json'])).toBe('');
});
