import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeWritableFolder, StartupError, tighten } from '@anaquel/runtime';
import { copyDatabase } from '@anaquel/runtime/sql';
import type { ServiceName } from '../../services/manifest.ts';
import { errorCode } from '../error-code.ts';
import { databaseFile, type Settings } from '../settings.ts';
import { digestOf, syncFile, writeManifest, type BackupFile } from './manifest.ts';

/** Inventory first: what it knows of products, Products then has, too. */
const ORDER: readonly ServiceName[] = ['inventory', 'products'];

/**
 * Copies both databases of a shop, which may go on selling, into a new or empty folder.
 *
 * @throws StartupError with one line; nothing is left of what was begun.
 */
export async function backUp(
  folder: string,
  { services }: Settings,
): Promise<readonly BackupFile[]> {
  for (const service of ORDER) assertDatabase(service, databaseFile(services[service]));
  prepareFolder(folder);
  const files: BackupFile[] = [];
  try {
    for (const service of ORDER)
      files.push(await backUpService(service, databaseFile(services[service]), folder));
    writeManifest(folder, files);
    return files;
  } catch (error) {
    for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { force: true });
    throw new StartupError(
      `No backup could be made in ${folder} (${errorCode(error)}). Nothing of it was kept, and the shop is as it was.`,
      { cause: error },
    );
  }
}

function assertDatabase(service: ServiceName, path: string): void {
  if (existsSync(path)) return;
  throw new StartupError(`There is no database of ${service} at ${path}: nothing to back up.`);
}

function prepareFolder(folder: string): void {
  try {
    makeWritableFolder(folder);
  } catch (error) {
    throw new StartupError(`The folder ${folder} can't be written (${errorCode(error)}).`);
  }
  tighten(folder);
  if (readdirSync(folder).length > 0)
    throw new StartupError(`${folder} isn't empty. A backup wants a folder of its own.`);
}

async function backUpService(
  service: ServiceName,
  path: string,
  folder: string,
): Promise<BackupFile> {
  const name = `${service}.db`;
  const copy = join(folder, name);
  await copyDatabase(path, copy);
  syncFile(copy);
  return {
    service,
    kind: 'sqlite',
    name,
    bytes: statSync(copy).size,
    sha256: await digestOf(copy),
  };
}
