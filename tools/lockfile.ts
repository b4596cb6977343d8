import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@anaquel/runtime';
import { projectFolder } from './settings.ts';

/** What the lockfile knows of a package. */
export interface LockedPackage {
  readonly version?: string;
  /** A folder of this project. */
  readonly link?: boolean;
  /** Only testing and checking need it. */
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The packages of the lockfile by their folders, such as `node_modules/fastify`. */
export function lockedPackages(): Readonly<Record<string, LockedPackage>> {
  const text = readFileSync(join(projectFolder, 'package-lock.json'), 'utf8');
  const { packages }: { packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(text);
  return packages;
}

/** The folders of the packages and of all that they need, as the lockfile lays them out. */
export function foldersOfPackages(names: readonly string[]): Set<string> {
  const packages = lockedPackages();
  const folders = new Set<string>();
  const add = (needed: string, from: string): void => {
    const folder = join(from, 'node_modules', needed).replaceAll('\\', '/');
    if (packages[folder] === undefined) {
      if (from === '') throw new StartupError(`package-lock.json has no package ${needed}.`);
      return add(needed, parentOf(from));
    }
    if (folders.has(folder)) return;
    folders.add(folder);
    for (const dependency of Object.keys(packages[folder].dependencies ?? {}))
      add(dependency, folder);
  };
  for (const name of names) add(name, '');
  return folders;
}

/** The package in whose `node_modules` this one is; the project for the others. */
function parentOf(folderOfPackage: string): string {
  return folderOfPackage.slice(0, Math.max(0, folderOfPackage.lastIndexOf('/node_modules/')));
}
