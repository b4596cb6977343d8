import { globSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { rolldown, type OutputOptions } from 'rolldown';
import { serviceNames, type ServiceName } from '../../services/manifest.ts';
import { EXTERNAL, keepPlaces } from '../build-services.ts';
import { projectFolder } from '../settings.ts';

/** What a release can do besides running, by the name of its npm script. */
export const COMMANDS = {
  start: 'tools/start/start.ts',
  migrate: 'tools/migrate.ts',
  verify: 'tools/verify.ts',
  backup: 'tools/backup.ts',
  restore: 'tools/restore.ts',
  events: 'tools/events.ts',
  'postgres-ha': 'tools/postgres-ha.ts',
} as const;

/** Where a release has them. */
export const commandsFolder = 'dist/commands';

/** Bundles the commands into a release. */
export async function bundleCommands(release: string): Promise<void> {
  await bundle(COMMANDS, release, commandsFolder);
}

/** Bundles the migrations of all services into a release, where their services look for them. */
export async function bundleMigrations(release: string): Promise<void> {
  for (const name of serviceNames) {
    const folder = join('services', name, 'migrations');
    await bundle(migrationsOf(name, folder), release, folder);
  }
}

/** Their paths by their places in the bundled folder, without an ending. */
function migrationsOf(service: ServiceName, folder: string): Record<string, string> {
  const files = globSync('*/*.ts', { cwd: join(projectFolder, folder) });
  if (files.length === 0) throw new Error(`${service} has no migrations.`);
  return Object.fromEntries(
    files.map((file) => [file.slice(0, -'.ts'.length), join(folder, file)]),
  );
}

/** What several files need becomes a file of its own: nobody builds a release a second time. */
async function bundle(
  entries: Readonly<Record<string, string>>,
  release: string,
  folder: string,
): Promise<void> {
  const root = realpathSync(projectFolder);
  const warnings: string[] = [];
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(
      Object.entries(entries).map(([name, source]) => [name, join(root, source)]),
    ),
    platform: 'node',
    external: [...EXTERNAL, 'rolldown'],
    plugins: [keepPlaces(folder, root)],
    onLog: (level, { message }) => void (level === 'warn' && warnings.push(message)),
  });
  await build.write({ ...OUTPUT, dir: join(release, folder) });
  await build.close();
  if (warnings.length > 0) throw new Error(`${basename(folder)}:\n${warnings.join('\n')}`);
}

const OUTPUT: OutputOptions = {
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'shared-[hash].js',
  minify: false,
  comments: { legal: true, annotation: false, jsdoc: false },
};
