import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const projectFolder = resolve(import.meta.dirname, '..');
const needed = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.json',
  'packages',
  'services',
  'tools',
  'web',
];

/**
 * A copy of the project as a user has it after the installation: no .env, no data. The installed
 * packages are a link to this project's; the built web app is a copy, so that the same sources are
 * not built again.
 */
export function createCheckout(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-'));
  for (const name of needed) {
    cpSync(join(projectFolder, name), join(folder, name), {
      recursive: true,
      filter: (source) => !['node_modules', 'test', 'data'].includes(basename(source)),
    });
  }
  for (const name of ['node_modules', 'web/node_modules']) {
    const installed = join(projectFolder, name);
    if (existsSync(installed)) symlinkSync(installed, join(folder, name));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
