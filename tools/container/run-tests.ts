import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectFolder } from '../settings.ts';

/**
 * Runs the tests of services or packages: node tools/container/run-tests.ts products inventory
 */
const folders = new Map(
  globSync(['services/*/test', 'packages/*/test', 'web/test'], { cwd: projectFolder })
    .sort()
    .map((folder) => [basename(join(folder, '..')), folder]),
);
const names = process.argv.slice(2);
const unknown = names.filter((name) => !folders.has(name));

if (names.length === 0 || unknown.length > 0) {
  const why = unknown.length > 0 ? `There are no tests of ${unknown.join(', ')}. ` : '';
  console.error(`${why}Name one or more of: ${[...folders.keys()].join(', ')}.`);
  process.exitCode = 1;
} else {
  const vitest = join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs');
  const files = names.map((name) => `${folders.get(name)}/`);
  const child = spawn(process.execPath, [vitest, 'run', ...files], {
    cwd: projectFolder,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.once('exit', (code) => (process.exitCode = code ?? 1));
}
