import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processNames, type ProcessName } from '../../services/manifest.ts';
import { buildServices, bundleOf } from '../build-services.ts';
import { projectFolder } from '../settings.ts';

let root: string;
let builds: number;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'anaquel-build-')));
  builds = 0;
  symlinkSync(join(projectFolder, 'node_modules'), join(root, 'node_modules'));
  for (const file of ['package-lock.json', 'tsconfig.json', 'tools/build-services.ts'])
    write(file, '{}');
  for (const name of processNames) write(`services/${name}/src/main.ts`, `console.log('${name}');`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

const build = () => buildServices(() => void (builds += 1), root);

function run(service: ProcessName, ...flags: string[]): string {
  const main = join(root, bundleOf(service));
  return execFileSync(process.execPath, [...flags, main], { encoding: 'utf8' }).trim();
}

/** Another one for each file that was put there. */
const fileNumber = (service: ProcessName): number => statSync(join(root, bundleOf(service))).ino;

test('services are built once for the same sources, and only those whose sources changed', async () => {
  expect(await build()).toBe('built');
  expect(processNames.map((name) => run(name))).toEqual([...processNames]);
  expect(await build()).toBe('fresh');
  expect(builds).toBe(1);

  const others = processNames.filter((name) => name !== 'gateway');
  const before = others.map(fileNumber);
  write('services/gateway/src/main.ts', `import './other.ts';`);
  write('services/gateway/src/other.ts', `const text: string = 'another one';\nconsole.log(text);`);
  expect(await build()).toBe('built');
  expect(run('gateway')).toBe('another one');
  expect(others.map(fileNumber)).toEqual(before);

  write('packages/texts/src/index.ts', '');
  expect(await build(), 'each service may load it').toBe('built');
});

test('a bundle finds what lies beside its sources, loads all of its modules from itself, and starts its threads', async () => {
  write(
    'services/inventory/src/adapters/store.ts',
    `import { Worker } from 'node:worker_threads';
    const worker = new Worker(new URL('./store-worker.ts', import.meta.url));
    worker.on('message', (text) => console.log(text, import.meta.dirname, new URL('../x', import.meta.url).pathname));`,
  );
  write(
    'services/inventory/src/adapters/store-worker.ts',
    `import { parentPort } from 'node:worker_threads';
    import { greeting } from './greeting.ts';
    parentPort?.postMessage(greeting);`,
  );
  write('services/inventory/src/adapters/greeting.ts', `export const greeting = 'hello';`);
  write('services/inventory/src/main.ts', `await import('./adapters/store.ts');`);
  await build();
  const sources = join(root, 'services', 'inventory', 'src');
  const told = ['hello', join(sources, 'adapters'), join(sources, 'x')].join(' ');
  expect(run('inventory')).toBe(told);
  // A build that broke off.
  rmSync(join(root, 'dist', 'inventory', 'store-worker.js'));
  expect(await build()).toBe('built');
  rmSync(join(root, 'services', 'inventory', 'src', 'adapters', 'greeting.ts'));
  expect(run('inventory')).toBe(told);
});

test('any number of builds may run at the same time', async () => {
  expect(new Set(await Promise.all([build(), build(), build()]))).toEqual(new Set(['built']));
  expect(run('products')).toBe('products');
  expect(await build()).toBe('fresh');
  expect(readdirSync(join(root, 'dist', 'products')).sort()).toEqual(['main.js', 'main.js.map']);
});

test.each([
  ['is no code', 'const = 1;', /main\.ts/],
  ['imports what there is not', `import './missing.ts';`, /missing\.ts/],
  [
    'starts a thread that is not of its service',
    `new URL('../../x-worker.ts', import.meta.url);`,
    /x-worker\.ts/,
  ],
  ['imports a package that there is not', `import 'no-such-package';`, /no-such-package/],
])('what %s fails with the words of the bundler', async (_, code, words) => {
  write('services/products/src/main.ts', code);
  const error = await build().catch((reason: unknown) => reason);
  expect(String(error)).toMatch(/The services could not be built:\n/);
  expect(String(error)).toMatch(words);
});

test('sources that change during a build are bundled as they are at its end', async () => {
  const source = 'services/gateway/src/main.ts';
  await buildServices(() => write(source, `console.log('changed');`), root);
  expect(run('gateway')).toBe('changed');
  write(source, `console.log('gateway');`);
  expect(await build()).toBe('built');
  expect(run('gateway')).toBe('gateway');
});

test('where no bundle can be written, the build says so', async () => {
  write('dist', 'a file in the way');
  await expect(build()).rejects.toThrow('The services could not be built');
});

test('stacks lead to the sources when Node is asked for it', async () => {
  write(
    'services/products/src/main.ts',
    `\n\nconst fail = (): never => {\n  throw new Error();\n};\ntry {\n  fail();\n} catch (error) {\n  console.log((error as Error).stack);\n}`,
  );
  await build();
  expect(run('products')).toMatch(/dist\/products\/main\.js:\d+/);
  expect(run('products', '--enable-source-maps')).toContain('services/products/src/main.ts:4:');
  expect(readFileSync(join(root, bundleOf('products')), 'utf8')).toContain('fail');
});

test('a bundle is ASCII, which Node keeps as one byte a character, and says what its sources say', async () => {
  write(
    'services/products/src/main.ts',
    `/*! Licence of Jörg */\nconsole.log('naïve', /^[à-ü…]+$/.test('ü…'), \`😀 \${String.raw\`a\`}\`);`,
  );
  await build();
  const code = readFileSync(join(root, bundleOf('products')));
  expect(code.every((byte) => byte < 0x80)).toBe(true);
  expect(code.toString()).toContain('Licence of J');
  expect(run('products')).toBe('naïve true 😀 a');
});
