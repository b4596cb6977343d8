import { createHash, randomUUID } from 'node:crypto';
import { closeSync, globSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, normalize, relative, sep } from 'node:path';
import { StartupError } from '@anaquel/runtime';
import type { Plugin } from 'rolldown';
import { processNames, type ProcessName } from '../services/manifest.ts';
import { hasSources, projectFolder } from './settings.ts';

/** `absent`: a release has no sources. `fresh`: what was built before is of these sources. */
export type ServicesBuild = 'absent' | 'fresh' | 'built';

/** One file that Node runs: a process, or a thread that it starts. */
interface Entry {
  readonly service: ProcessName;
  /** Relative to the project, as is `bundle`. */
  readonly source: string;
  readonly bundle: string;
}

/** Where a service lies as one file. Relative to the project. */
export function bundleOf(service: ProcessName): string {
  return join('dist', service, 'main.js');
}

/**
 * What a service is run from where nobody changes its sources: its bundle, and while coverage is
 * measured its source, since Node counts in the files that it runs. Relative to the project.
 */
export function mainOf(service: ProcessName): string {
  return process.env['NODE_V8_COVERAGE'] === undefined ? bundleOf(service) : sourceOf(service);
}

/** What a service is run from in development. Relative to the project. */
export function sourceOf(service: ProcessName): string {
  return join('services', service, 'src', 'main.ts');
}

/**
 * Bundles each service with all that it loads into `dist`, unless its bundles are of the same
 * sources: to load one file takes a third of the processor time that 1,200 take. Each file carries
 * the hash of its sources and is put in its place at once, so that any number of builds may run at
 * the same time, and one that breaks off leaves nothing that the next one takes for its own.
 *
 * @param onBuild called before a build, which takes seconds
 * @throws StartupError with what the bundler said when it fails.
 */
export async function buildServices(
  onBuild: () => void,
  folder = projectFolder,
): Promise<ServicesBuild> {
  if (!hasSources(folder)) return 'absent';
  // The bundler names files by their real places.
  const root = realpathSync(folder);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const stale = processNames.flatMap((service) => staleEntries(service, root));
    if (stale.length === 0) return round === 0 ? 'fresh' : 'built';
    if (round === 0) onBuild();
    await bundleAll(stale, root);
  }
  return 'built';
}

/** Waits for all of them, also when one fails, so that none still writes afterwards. */
async function bundleAll(entries: readonly StaleEntry[], root: string): Promise<void> {
  const outcomes = await Promise.allSettled(entries.map((entry) => bundle(entry, root)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Bundles what the image of a service can do besides running it, into `dist/<service>`. */
export async function bundleCommands(service: ProcessName): Promise<void> {
  const entry = {
    service,
    source: join('tools', 'container', `${service}.ts`),
    bundle: join('dist', service, 'commands.js'),
    stamp: '// Made for images of containers',
  };
  // Migrations are files of their own, which load it too.
  await bundle(entry, realpathSync(projectFolder), [/^kysely/]);
}

/** Sources that change while they are bundled are bundled again. */
const MAX_ROUNDS = 3;

interface StaleEntry extends Entry {
  /** The first line of its bundle. */
  readonly stamp: string;
}

function staleEntries(service: ProcessName, root: string): StaleEntry[] {
  const stamp = `// Made by npm run build of sources with the hash ${hashOfSources(service, root)}`;
  return entriesOf(service, root)
    .filter(({ bundle: file }) => firstBytes(join(root, file), stamp.length) !== stamp)
    .map((entry) => ({ ...entry, stamp }));
}

function entriesOf(service: ProcessName, root: string): Entry[] {
  const folder = join('services', service, 'src');
  const workers = globSync('**/*-worker.ts', { cwd: join(root, folder) }).sort();
  return [
    { service, source: sourceOf(service), bundle: bundleOf(service) },
    ...workers.map((file) => ({
      service,
      source: join(folder, file),
      bundle: join('dist', service, bundleNameOf(file)),
    })),
  ];
}

function bundleNameOf(worker: string): string {
  return basename(worker, '.ts') + '.js';
}

/** Null when there is no such file. */
function firstBytes(file: string, count: number): string | null {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(count);
      return bytes.toString('utf8', 0, readSync(descriptor, bytes));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

/** The lockfile says which versions of everything else are in a bundle. */
const AROUND = ['package-lock.json', 'tsconfig.json', 'tools/build-services.ts'];

function hashOfSources(service: ProcessName, root: string): string {
  const patterns = [
    'packages/*/{package.json,src/**}',
    `services/{*.ts,${service}/{package.json,src/**}}`,
  ];
  const files = globSync(patterns, { cwd: root, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(root, join(file.parentPath, file.name)));
  const hash = createHash('sha256');
  for (const path of [...files.sort(), ...AROUND])
    // Relative, so that a copy of the project takes a copy of the build for its own.
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

/**
 * What stays outside of the bundles. The docs page is made of files that lie beside the code of its
 * package; the native driver of PostgreSQL is not installed, and only looked for.
 */
export const EXTERNAL = ['@fastify/swagger-ui', 'pg-native'];

async function bundle(
  entry: StaleEntry,
  root: string,
  external: readonly RegExp[] = [],
): Promise<void> {
  // It takes a while to load, and is not there where only bundles are run.
  const { rolldown } = await import('rolldown');
  const folder = join(root, dirname(entry.bundle));
  const warnings: string[] = [];
  const build = await rolldown({
    cwd: root,
    input: { [basename(entry.bundle, '.js')]: join(root, entry.source) },
    platform: 'node',
    external: [...EXTERNAL, ...external],
    plugins: [keepPlaces(dirname(entry.bundle), root)],
    // How long a busy machine takes is no fault of what is built.
    checks: { bundlerTimings: false },
    onLog: (level, { message }) => void (level === 'warn' && warnings.push(message)),
  }).catch(failed);
  const { output } = await build
    .generate({
      dir: folder,
      format: 'esm',
      // Stacks and profiles are read by people.
      minify: false,
      comments: { legal: true, annotation: false, jsdoc: false },
      // Node keeps a file of other characters in memory as two bytes each (docs/decisions/0093).
      charset: 'ascii',
      banner: entry.stamp,
      sourcemap: true,
      // Nothing is loaded later on, when the next build may have put other files there.
      codeSplitting: false,
    })
    .catch(failed);
  await build.close();
  const [chunk] = output;
  // Such as an import that there is not.
  if (warnings.length > 0) failed(new Error(warnings.join('\n')));
  const map = withoutSources(String(chunk.map));
  try {
    await mkdir(folder, { recursive: true });
    await writeAtOnce(join(root, `${entry.bundle}.map`), map);
    await writeAtOnce(join(root, entry.bundle), inAscii(chunk.code));
  } catch (error) {
    failed(error);
  }
}

/** What the bundler has left as it was: the names in licences, which are comments. */
function inAscii(code: string): string {
  return code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The sources lie where the map says. */
function withoutSources(map: string): string {
  const { sourcesContent: _, ...rest } = JSON.parse(map) as { sourcesContent: unknown };
  return JSON.stringify(rest);
}

function failed(error: unknown): never {
  const said = error instanceof Error ? error.message : String(error);
  throw new StartupError(`The services could not be built:\n${said.trim()}`, { cause: error });
}

async function writeAtOnce(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, content);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

const PLACES =
  /new URL\(\s*'[./\w-]*?([\w-]+-worker\.ts)',\s*import\.meta\.url,?\s*\)|import\.meta\.(url|dirname)/g;

/**
 * Lets code of this project find what it looks for by its own place, such as migrations, although
 * it runs in another `folder` of the project; and threads, whose bundles are those of a service.
 */
export function keepPlaces(folder: string, root: string): Plugin {
  const from = join(root, folder);
  const bundles = processNames
    .flatMap((name) => entriesOf(name, root))
    .map((entry) => entry.bundle);

  function threadOf(worker: string, id: string): string {
    const file = bundles.find((path) => basename(path) === bundleNameOf(worker));
    if (file !== undefined) return `new URL('${placeOf(join(root, file))}', import.meta.url)`;
    throw new Error(`${id} starts ${worker}, which is not below services/*/src.`);
  }

  function placeOf(path: string): string {
    return `./${relative(from, path).replaceAll(sep, '/')}`;
  }

  return {
    name: 'keep-places',
    transform(code, place) {
      const id = normalize(place);
      const isOurs = id.startsWith(join(root, sep)) && !id.split(sep).includes('node_modules');
      if (!isOurs || !code.includes('import.meta.')) return null;
      const replaced = code.replace(PLACES, (_, worker: string | undefined, name: string) => {
        if (worker !== undefined) return threadOf(worker, id);
        const url = `new URL('${placeOf(id)}', import.meta.url)`;
        return name === 'url'
          ? `${url}.href`
          : `process.getBuiltinModule('node:path').dirname(process.getBuiltinModule('node:url').fileURLToPath(${url}))`;
      });
      return { code: replaced, map: null };
    },
  };
}
