import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildWebApp } from '../build-web-app.ts';
import { projectFolder } from '../settings.ts';

let root: string;
let builds: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'anaquel-build-'));
  builds = 0;
  symlinkSync(join(projectFolder, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'web', 'src'), { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  writeFileSync(join(root, 'web', file), text);
}

const build = () => buildWebApp(() => void (builds += 1), root);
const built = (file: string): string => join(root, 'web', 'dist', file);

test('without a web app there is nothing to build', async () => {
  expect(await build()).toBe('absent');
  expect(builds).toBe(0);
});

test('it is built once for the same sources, and again for others or after a build that failed', async () => {
  write('package.json', '{"type":"module"}');
  write('index.html', '<!doctype html><script type="module" src="/src/main.js"></script>');
  write('src/main.js', 'console.log("a first version")');
  expect(await build()).toBe('built');
  const [script = ''] = readdirSync(built('assets'));
  const text = readFileSync(built(`assets/${script}`), 'utf8');
  expect(text).toContain('a first version');
  expect(brotliDecompressSync(readFileSync(built(`assets/${script}.br`))).toString()).toBe(text);
  expect(existsSync(built('index.html.gz'))).toBe(true);

  expect(await build()).toBe('fresh');
  expect(builds).toBe(1);

  write('src/main.js', 'this is no script');
  await expect(build()).rejects.toThrow(/The web app could not be built:\n[^]*main\.js/);
  write('src/main.js', 'console.log("a second version")');
  expect(await build()).toBe('built');
  expect(builds).toBe(3);
  expect(readdirSync(built('assets')).some((name) => name === script)).toBe(false);
});
