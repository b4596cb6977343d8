import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Checks the types of the web app, templates included. The themes of the components that it uses
 * are written by a build, and without them a wrong colour would pass: so it is built first where it
 * has not been.
 */
const projectFolder = resolve(import.meta.dirname, '..');
const web = join(projectFolder, 'web');
const modules = join(projectFolder, 'node_modules');

function run(script: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(modules, script), ...args], {
    cwd: web,
    encoding: 'utf8',
  });
  if (status === 0) return;
  console.log(stdout + stderr);
  process.exit(1);
}

if (!existsSync(join(web, 'node_modules', '.nuxt-ui', 'ui'))) run('vite/bin/vite.js', ['build']);
run('vue-tsc/bin/vue-tsc.js', ['--noEmit']);
