import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const projectFolder = resolve(import.meta.dirname, '..');
const needed = ['package.json', 'package-lock.json', '.npmrc', 'packages', 'services', 'tools'];

/**
 * A copy of the project as a user has it after the installation: no .env, no data. The installed
 * packages are this project's own, by a link.
 */
export function createCheckout(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-'));
  for (const name of needed) {
    cpSync(join(projectFolder, name), join(folder, name), {
      recursive: true,
      filter: (source) => !['node_modules', 'test', 'data'].includes(basename(source)),
    });
  }
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
