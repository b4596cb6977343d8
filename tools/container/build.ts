import { cpSync, globSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StartupError } from '@anaquel/runtime';
import { rolldown } from 'rolldown';
import { processNames, type ProcessName } from '../../services/manifest.ts';
import { bundleCommands } from '../build-services.ts';
import { foldersOfPackages } from '../lockfile.ts';
import { projectFolder } from '../settings.ts';

/**
 * Puts what each image holds beside Node into `<folder>/<service>`, after npm run build:
 * node tools/container/build.ts <folder>
 */
const [folder] = process.argv.slice(2);

try {
  if (folder === undefined) throw new StartupError('node tools/container/build.ts <folder>');
  for (const name of processNames) {
    await bundleCommands(name);
    await bundleMigrations(name, join(folder, name));
    for (const path of filesOf(name)) copyInto(join(folder, name), path);
    cpSync(join(import.meta.dirname, 'entry.mjs'), join(folder, name, 'dist', name, 'entry.mjs'));
    cpSync(join(import.meta.dirname, 'probe.sh'), join(folder, name, 'probe.sh'));
  }
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}

/** Relative to the project. The maps beside the bundles lead to sources, which no image has. */
function filesOf(name: ProcessName): string[] {
  const bundles = globSync(`dist/${name}/*.js`, { cwd: projectFolder });
  const docsPage = '@fastify/swagger-ui';
  const parts =
    name === 'gateway'
      ? ['web/dist', ...foldersOfPackages([docsPage])]
      : // Migrations load Kysely.
        foldersOfPackages([docsPage, 'kysely']);
  return ['LICENSE', ...bundles, ...parts];
}

/** Each stays a file under its name, and gets what it imports from this project. */
async function bundleMigrations(name: ProcessName, target: string): Promise<void> {
  for (const path of globSync(`services/${name}/migrations/*/*.ts`, { cwd: projectFolder })) {
    const build = await rolldown({
      input: join(projectFolder, path),
      platform: 'node',
      external: [/^kysely/],
    });
    await build.write({ file: join(target, path), format: 'esm' });
    await build.close();
  }
}

function copyInto(target: string, path: string): void {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(join(projectFolder, path), join(target, path), { recursive: true });
}
