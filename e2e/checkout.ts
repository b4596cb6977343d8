import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const projectFolder = resolve(import.meta.dirname, '..');
/** What tests change, and the commands, which know the project by their own place. */
const copied = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.json',
  'services',
  'tools',
  'dist',
];
/** What is only read, with the installed packages and the built web app. */
const linked = ['node_modules', 'packages', 'web', 'deploy'];

/** The project as a user has it after a build: no .env, no data. */
export function createCheckout(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-'));
  for (const name of copied) {
    cpSync(join(projectFolder, name), join(folder, name), {
      recursive: true,
      filter: (source) =>
        !['node_modules', 'test', 'data'].includes(basename(source)) && !source.endsWith('.map'),
    });
  }
  for (const name of linked) {
    const original = join(projectFolder, name);
    if (existsSync(original)) symlinkSync(original, join(folder, name));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
