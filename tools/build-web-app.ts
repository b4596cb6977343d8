import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { StartupError } from '@anaquel/runtime';
import { projectFolder } from './settings.ts';

/** `absent`: there is no web app to build. `fresh`: what was built before is of these sources. */
export type Build = 'absent' | 'fresh' | 'built';

/**
 * In the built app: the hash of what it was built from. Gone while a build runs, so that a
 * broken-off one is done anew.
 */
const STAMP = '.sources';

/** What is worth sending compressed. Fonts and pictures are as small as they get. */
const COMPRESSED = ['*.html', '*.js', '*.css', '*.svg', '*.json', '*.wasm'];

/**
 * Builds the web app into `web/dist` unless it was built of the same sources, and puts a compressed
 * copy beside each file that shrinks.
 * @param onBuild called before a build, which takes a while
 * @throws StartupError with what the build tool said when it fails.
 */
export async function buildWebApp(onBuild: () => void, root = projectFolder): Promise<Build> {
  const folder = join(root, 'web');
  if (!existsSync(join(folder, 'package.json'))) return 'absent';
  const stamp = join(folder, 'dist', STAMP);
  const sources = hashOfSources(folder, root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return 'fresh';
  onBuild();
  await runVite(folder);
  await compress(join(folder, 'dist'));
  writeFileSync(stamp, sources);
  return 'built';
}

/** The command of Vite, so that it runs on this Node and on every platform. */
export function viteCommand(folder: string): string {
  const manifest = createRequire(join(folder, 'package.json')).resolve('vite/package.json');
  const { bin }: { bin: { vite: string } } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), bin.vite);
}

function hashOfSources(folder: string, root: string): string {
  const files = globSync('**/*', {
    cwd: folder,
    withFileTypes: true,
    exclude: ({ name }) => ['dist', 'node_modules', 'test'].includes(name),
  });
  const paths = files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));
  const hash = createHash('sha256');
  // The lockfile says which versions of everything else are in it.
  const around = ['tsconfig.json', 'package-lock.json'].map((name) => join(root, name));
  for (const path of [...paths.sort(), ...around]) {
    // Relative, so that a copy of the project takes a copy of the build for its own.
    if (existsSync(path))
      hash
        .update(`${relative(root, path)}\0`)
        .update(readFileSync(path))
        .update('\0');
  }
  return hash.digest('hex');
}

async function runVite(folder: string): Promise<void> {
  const child = spawn(process.execPath, [viteCommand(folder), 'build', '--emptyOutDir'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new StartupError(`The web app could not be built:\n${output.trim()}`);
}

async function compress(folder: string): Promise<void> {
  const patterns = COMPRESSED.map((pattern) => `**/${pattern}`);
  for (const path of globSync(patterns, { cwd: folder })) {
    const file = join(folder, path);
    const content = readFileSync(file);
    writeFileSync(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
    writeFileSync(`${file}.br`, await promisify(brotliCompress)(content));
  }
}
