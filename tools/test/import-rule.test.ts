import { globSync, readFileSync } from 'node:fs';
import { join, posix, resolve, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf } from '../import-graph.ts';
import { checkImports } from '../import-rule.ts';

const projectFolder = resolve(import.meta.dirname, '../..');

function readProject() {
  const patterns = [
    ...['packages', 'services', 'tools', 'e2e'].map((folder) => `${folder}/**/*.ts`),
    'web/**/*.{ts,vue}',
  ];
  const paths = globSync(patterns, {
    cwd: projectFolder,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  });
  return paths.map((path) => ({
    path: path.split(sep).join('/'),
    text: readFileSync(join(projectFolder, path), 'utf8'),
  }));
}

/** A made-up project: paths with what the files say. */
function breaches(tree: Record<string, string>): string[] {
  return checkImports(Object.entries(tree).map(([path, text]) => ({ path, text })));
}

const inventory = 'services/inventory/src';

test('this project keeps its import rule', () => {
  const files = readProject();
  expect(files.length).toBeGreaterThan(20);
  expect(checkImports(files)).toEqual([]);
});

test('the main entry of the runtime package loads no SQL', () => {
  const texts = new Map(readProject().map(({ path, text }) => [path, text]));
  const packages = new Set<string>();
  const visited = new Set<string>();
  function visit(path: string): void {
    if (visited.has(path)) return;
    visited.add(path);
    for (const specifier of importsOf(texts.get(path) ?? '')) {
      const ours = /^@anaquel\/([^/]+)$/.exec(specifier)?.[1];
      if (specifier.startsWith('.')) visit(posix.join(posix.dirname(path), specifier));
      else if (ours !== undefined) visit(`packages/${ours}/src/index.ts`);
      else packages.add(specifier);
    }
  }
  visit('packages/runtime/src/index.ts');
  expect(packages).toContain('fastify');
  for (const name of ['node:sqlite', 'kysely', 'kysely/migration'])
    expect(packages).not.toContain(name);
});

test('the web app shares no code with the others', () => {
  const reports = breaches({
    'web/src/main.ts': `import { MEDIA_TYPE } from '@anaquel/jsonapi';\nimport App from './App.vue';`,
    'web/src/App.vue': `<script setup lang="ts">\nimport { x } from '../../services/inventory/src/domain/level.ts';\n</script>`,
    'tools/check.ts': `import { api } from '../web/src/shop.ts';`,
  });
  expect(reports).toHaveLength(3);
  for (const breach of reports) expect(breach).toContain('web talks HTTP');
});

describe('what is allowed', () => {
  test('the layers of a service, from the outside in, and the packages', () => {
    expect(
      breaches({
        [`${inventory}/domain/level.ts`]: `export const level = 1;`,
        [`${inventory}/application/sell.ts`]: `import { level } from '../domain/level.ts';\nimport type { Clock } from '@anaquel/runtime';`,
        [`${inventory}/adapters/sqlite-ledger.ts`]: `import { sell } from '../application/sell.ts';\nimport { DatabaseSync } from 'node:sqlite';`,
        [`${inventory}/http/purchases.ts`]: `import { sell } from '../application/sell.ts';\nimport { MEDIA_TYPE } from '@anaquel/jsonapi';`,
        [`${inventory}/config.ts`]: `import { settingsReader } from '@anaquel/runtime';\nimport './domain/level.ts';`,
        [`${inventory}/service.ts`]: `import './http/purchases.ts';\nimport './adapters/sqlite-ledger.ts';\nimport './config.ts';\nimport about from '../package.json' with { type: 'json' };`,
        [`${inventory}/main.ts`]: `import './service.ts';\nimport './config.ts';\nconsole.log(process.env.PORT);`,
        'services/inventory/test/sell.test.ts': `import { sell } from '../src/application/sell.ts';\nimport '../src/adapters/sqlite-ledger.ts';`,
        'packages/runtime/src/index.ts': `export { x } from './server/x.ts';\nimport '@anaquel/jsonapi';`,
        'packages/runtime/src/server/x.ts': `import '../process/clock.ts';\nimport './y.ts';`,
        'packages/runtime/src/sql/index.ts': `export { y } from './y.ts';\nimport '../process/clock.ts';`,
        'packages/runtime/test/x.test.ts': `import '../src/sql/y.ts';`,
        'services/manifest.ts': `import type { SettingsReader } from '@anaquel/runtime';`,
        'services/gateway/src/service.ts': `import { services } from '../../manifest.ts';`,
        'services/gateway/test/x.test.ts': `import { services } from '../../manifest.ts';`,
        'tools/test/contracts.test.ts': `import '../../web/src/api/resources.ts';\nimport '../../services/inventory/src/adapters/products/ask-products.ts';`,
        'tools/settings.ts': `import { services } from '../services/manifest.ts';`,
        'tools/start/start.ts': `import { StartupError } from '@anaquel/runtime';\nprocess.on('SIGINT', stop);`,
        'tools/verify.ts': `import { verifyLedger } from '../services/inventory/src/service.ts';`,
      }),
    ).toEqual([]);
  });

  test('speaking of process.env in a comment', () => {
    expect(
      breaches({
        [`${inventory}/config.ts`]: `// Not from process.env.\n/** process.env is main's. */`,
      }),
    ).toEqual([]);
  });
});

describe('what is found', () => {
  test.each([
    [
      'domain/level.ts',
      `import { sell } from '../application/sell.ts';`,
      'domain may import only domain',
    ],
    [
      'domain/level.ts',
      `import type { Ledger } from '../application/ledger.ts';`,
      'domain may import only domain',
    ],
    ['domain/level.ts', `import { randomUUID } from 'node:crypto';`, 'domain/ is pure rules'],
    ['domain/level.ts', `import type { Clock } from '@anaquel/runtime';`, 'domain/ is pure rules'],
    [
      'application/sell.ts',
      `import { open } from '../adapters/sqlite-ledger.ts';`,
      'declare a port',
    ],
    [
      'application/sell.ts',
      `import {\n  a,\n  b,\n} from '../http/purchases.ts';`,
      'declare a port',
    ],
    [
      'application/sell.ts',
      `import type { FastifyRequest } from 'fastify';`,
      'application/ knows no technology',
    ],
    [
      'application/sell.ts',
      `import { DatabaseSync } from 'node:sqlite';`,
      'application/ knows no technology',
    ],
    [
      'http/purchases.ts',
      `import { ledger } from '../adapters/sqlite-ledger.ts';`,
      'let service.ts pass it in',
    ],
    [
      'http/purchases.ts',
      `import { readConfig } from '../config.ts';`,
      'let service.ts pass it in',
    ],
    [
      'adapters/relay.ts',
      `export { routes } from '../http/purchases.ts';`,
      'let service.ts pass it in',
    ],
    [
      'adapters/relay.ts',
      `const lazy = await import('../service.ts');`,
      'let service.ts pass it in',
    ],
    [
      'adapters/relay.ts',
      `new Worker(new URL('../http/worker.ts', import.meta.url));`,
      'let service.ts pass it in',
    ],
    [
      'main.ts',
      `import { sell } from './application/sell.ts';`,
      'wire things together in service.ts',
    ],
    ['config.ts', `import './adapters/relay.ts';`, 'wire things together in service.ts'],
    ['helpers/money.ts', `export const cents = 1;`, 'has no place'],
    ['service.ts', `const port = process.env.PORT;`, 'read it in main.ts'],
    ['http/purchases.ts', `process.once('SIGTERM', stop);`, 'leave signals to main.ts'],
    [
      'adapters/relay.ts',
      `import { x } from '../../../products/src/domain/product.ts';`,
      'services never import each other',
    ],
    [
      'adapters/relay.ts',
      `import { x } from '@anaquel/products';`,
      'services never import each other',
    ],
    [
      'http/purchases.ts',
      `import { x } from '../../../../packages/jsonapi/src/query.ts';`,
      'by its name',
    ],
    [
      'http/purchases.ts',
      `import { x } from '@anaquel/jsonapi/src/query.ts';`,
      'by its name alone',
    ],
  ])('%s: %s', (file, text, expected) => {
    expect(breaches({ [`${inventory}/${file}`]: text })).toEqual([
      expect.stringContaining(expected),
    ]);
  });

  test.each([
    [
      'packages/jsonapi/src/query.ts',
      `import { StartupError } from '@anaquel/runtime';`,
      'no other package of ours',
    ],
    [
      'packages/runtime/src/server/server.ts',
      `import { relay } from '@anaquel/events';`,
      'only jsonapi',
    ],
    [
      'packages/runtime/src/server/server.ts',
      `import { x } from '../../../../services/products/src/service.ts';`,
      'packages never import services',
    ],
    [
      'packages/runtime/src/process/x.ts',
      `import { y } from '../server/y.ts';`,
      'process of runtime may import no other room',
    ],
    [
      'packages/runtime/src/client/x.ts',
      `import { y } from '../server/y.ts';`,
      'client of runtime may import only process',
    ],
    [
      'packages/runtime/src/index.ts',
      `export { y } from './sql/y.ts';`,
      'may import only server, client, process',
    ],
    ['packages/runtime/src/x.ts', `import { y } from './server/y.ts';`, 'move the file into one'],
    [
      'packages/runtime/src/server/x.ts',
      `import { services } from '../../../../services/manifest.ts';`,
      'pass in what is needed',
    ],
    [
      `${inventory}/http/purchases.ts`,
      `import { services } from '../../../manifest.ts';`,
      'pass in what is needed',
    ],
    [
      'services/manifest.ts',
      `import { readConfig } from './inventory/src/config.ts';`,
      'knows none of them',
    ],
    ['packages/events/src/relay.ts', `const size = process.env['SIZE'];`, 'read it in main.ts'],
    ['packages/events/src/relay.ts', `import { relay } from '@anaquel/events';`, 'by its path'],
    [
      'packages/events/src/relay.ts',
      `import { x } from '../../../tools/settings.ts';`,
      'no libraries',
    ],
    [
      'tools/verify.ts',
      `import { audit } from '../services/inventory/src/domain/audit.ts';`,
      'nothing behind it',
    ],
    [
      'e2e/start.test.ts',
      `import { audit } from '../services/inventory/src/domain/audit.ts';`,
      'runs services as processes',
    ],
    [
      `${inventory}/adapters/sqlite/levels.ts`,
      `import { Kysely } from 'kysely';`,
      'Kysely is for migrations',
    ],
    [
      'packages/runtime/src/sql/list-page.ts',
      `import { Migrator } from 'kysely/migration';`,
      'Kysely is for migrations',
    ],
    [
      'services/inventory/migrations/0002-x.ts',
      `import { level } from '../src/domain/level.ts';`,
      'migrations may import',
    ],
  ])('%s: %s', (path, text, expected) => {
    expect(breaches({ [path]: text })).toEqual([expect.stringContaining(expected)]);
  });

  test('a circle, however long, and only once', () => {
    const tree = {
      [`${inventory}/domain/a.ts`]: `import './b.ts';`,
      [`${inventory}/domain/b.ts`]: `import type { C } from './c.ts';`,
      [`${inventory}/domain/c.ts`]: `import './a.ts';`,
      [`${inventory}/domain/d.ts`]: `import './a.ts';`,
    };
    expect(breaches(tree)).toEqual([
      expect.stringMatching(/a\.ts → .*b\.ts → .*c\.ts → .*a\.ts: a circle/),
    ]);
  });
});
