import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Migration } from 'kysely/migration';
import { StartupError } from '../../process/startup-error.ts';

export interface MigrationFile extends Migration {
  /** Whether code older than this migration can't read its result. */
  readonly contract: boolean;
}

/**
 * The names of the migrations of a folder, in their order.
 * @throws StartupError that says which file is wrong.
 */
export async function migrationNames(folder: string): Promise<string[]> {
  return [...(await filesByName(folder)).keys()];
}

/**
 * The migrations of a folder by their names, in their order.
 * @throws StartupError that says which file is wrong.
 */
export async function loadMigrationFiles(folder: string): Promise<Record<string, MigrationFile>> {
  const files: Record<string, MigrationFile> = {};
  for (const [name, file] of await filesByName(folder)) {
    const path = join(folder, file);
    files[name] = asMigration(await import(pathToFileURL(path).href), path);
  }
  return files;
}

/** A release has them as JavaScript. */
async function filesByName(folder: string): Promise<Map<string, string>> {
  const numbers = new Set<string>();
  const files = new Map<string, string>();
  for (const file of (await readdir(folder)).sort()) {
    const name = /^(.*)\.(ts|js)$/.exec(file)?.[1];
    if (name === undefined) continue;
    const number = /^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*$/.exec(name)?.[1];
    if (number === undefined)
      throw new StartupError(`${join(folder, file)} must be called like 0001-some-name.ts.`);
    if (numbers.has(number))
      throw new StartupError(`Two migrations in ${folder} have the number ${number}.`);
    numbers.add(number);
    files.set(name, file);
  }
  return files;
}

function asMigration(module: Record<string, unknown>, path: string): MigrationFile {
  const { up, down, contract } = module;
  if (!isMigrationStep(up) || !isMigrationStep(down))
    throw new StartupError(`${path} must export the functions up(db) and down(db).`);
  if (contract !== undefined && typeof contract !== 'boolean')
    throw new StartupError(`${path} must export contract as true or not at all.`);
  return { up, down, contract: contract ?? false };
}

function isMigrationStep(value: unknown): value is Migration['up'] {
  return typeof value === 'function';
}
