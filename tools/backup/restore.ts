import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { databaseName, StartupError } from '@anaquel/runtime';
import { createSqliteConnection, openSqlite } from '@anaquel/runtime/sql';
import { serviceNames, type ServiceName } from '../../services/manifest.ts';
import { errorCode } from '../error-code.ts';
import type { DatabasePlace, Settings } from '../settings.ts';
import { readDatabaseStates } from '../start/database-state.ts';
import { highestProduct } from './highest-product.ts';
import { digestOf, readManifest, type BackupFile, type BackupManifest } from './manifest.ts';
import { DatabaseThereError, type Restoration } from './restoration.ts';
import { restoreDump } from './restore-dump.ts';
import { restoreFile } from './restore-file.ts';

/**
 * Puts the databases of a backup where the settings want them. Their logs get new ids and their
 * relays begin anew: the shop may have published events after the backup whose positions now come
 * again for others.
 *
 * Returns their names.
 *
 * @throws StartupError with one line. It says so when a database is there all the same.
 */
export async function restore(folder: string, settings: Settings): Promise<readonly string[]> {
  const { services } = settings;
  const manifest = readManifest(folder);
  for (const { name, sha256 } of manifest.files) {
    const path = join(folder, name);
    if (!existsSync(path) || (await digestOf(path)) !== sha256)
      throw new StartupError(`${path} isn't what was backed up: it is missing or was changed.`);
  }
  const fileOf = (service: ServiceName) => fileIn(manifest, service);
  assertPair(folder, fileOf);
  const begun: { readonly service: ServiceName; readonly restoration: Restoration }[] = [];
  try {
    for (const service of serviceNames)
      begun.push({
        service,
        restoration: await begin(service, fileOf(service), folder, services[service]),
      });
    await publish(begun);
    return serviceNames.map((service) => databaseName(services[service].database));
  } catch (error) {
    throw error instanceof DatabaseThereError ? await withHint(error, settings) : error;
  } finally {
    for (const { restoration } of begun) await restoration.end();
  }
}

/** They become visible one after the other: whoever is killed between the two leaves one. */
async function withHint(error: DatabaseThereError, settings: Settings): Promise<StartupError> {
  const states = await readDatabaseStates(settings, []);
  const [missing] = serviceNames.filter((service) => states[service] === 'missing');
  if (missing === undefined) return error;
  const hint = `There is no database of ${missing}: if a restore was interrupted, it left this one alone, which may go.`;
  return new StartupError(`${error.message} ${hint}`, { cause: error });
}

function fileIn({ files }: BackupManifest, service: ServiceName): BackupFile {
  const file = files.find((one) => one.service === service);
  if (file === undefined) throw new StartupError(`The backup lacks ${service}.`);
  return file;
}

/** See `highestProduct`. */
function assertPair(folder: string, fileOf: (service: ServiceName) => BackupFile): void {
  const [known, given] = [
    highestIn(folder, fileOf('inventory')),
    highestIn(folder, fileOf('products')),
  ];
  if (known <= given) return;
  throw new StartupError(
    `The databases in ${folder} don't belong together: Inventory knows product ${known}, and Products has given ids up to ${given}. Nothing was restored.`,
  );
}

function highestIn(
  folder: string,
  { service, kind, name, highestProduct: noted }: BackupFile,
): number {
  if (noted !== undefined) return noted;
  if (kind !== 'sqlite') throw new StartupError(`The backup in ${folder} says nothing of ids.`);
  const database = openSqlite(join(folder, name), { readOnly: true });
  try {
    return createSqliteConnection(database).number(highestProduct[service].sqlite);
  } finally {
    database.close();
  }
}

async function begin(
  service: ServiceName,
  { kind, name }: BackupFile,
  folder: string,
  { database, databaseSetting: setting }: DatabasePlace,
): Promise<Restoration> {
  const file = join(folder, name);
  if (database.kind === 'sqlite' && kind === 'sqlite')
    return restoreFile(service, file, database.path);
  if (database.kind === 'postgres' && kind === 'postgres')
    return restoreDump(service, file, { url: database.url, setting });
  const [wanted, other] =
    kind === 'sqlite' ? ['a file', 'a file'] : ['a database on PostgreSQL', 'one'];
  throw new StartupError(
    `The backup of ${service} is of ${wanted}, and ${setting} names none: restore it to ${other}, then copy it as docs/postgresql.md says. Nothing was restored.`,
  );
}

/** Products first: without stock a product isn't sold, and stock without its product might be. */
async function publish(
  begun: readonly { readonly service: ServiceName; readonly restoration: Restoration }[],
): Promise<void> {
  const published: ServiceName[] = [];
  for (const { service, restoration } of begun) {
    try {
      await restoration.publish();
      published.push(service);
    } catch (error) {
      const others = published.length === 0 ? 'Nothing was' : `${published.join()} was`;
      throw new StartupError(
        `The database of ${service} can't be restored (${errorCode(error)}). ${others} restored.`,
        { cause: error },
      );
    }
  }
}
