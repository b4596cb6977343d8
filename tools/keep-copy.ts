import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivate, makeWritableFolder, StartupError } from '@anaquel/runtime';
import { copyDatabase } from '@anaquel/runtime/sql';
import type { ServiceName } from '../services/manifest.ts';
import { errorCode } from './error-code.ts';
import { assertProgram, runProgram } from './postgres-programs.ts';
import type { ServiceSettings, Settings } from './settings.ts';
import { withPostgres, type PostgresPlace } from './with-postgres.ts';

/**
 * Keeps a copy of a database, before something is done that can't be undone: a file beside it, or
 * in the data folder what pg_dump makes of one on PostgreSQL. Returns its path, or null when there
 * is no database.
 *
 * @throws StartupError when there is one and it can't be copied; nothing is left then.
 */
export async function keepCopy(
  service: ServiceName,
  { services, dataFolder }: Settings,
): Promise<string | null> {
  const { database, databaseSetting: setting }: ServiceSettings = services[service];
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  if (database.kind === 'postgres') {
    const copy = join(dataFolder, `${service}.${time}.dump`);
    await keep(copy, () => dumpDatabase(service, { url: database.url, setting }, copy));
    return copy;
  }
  if (!existsSync(database.path)) return null;
  const copy = `${database.path}.${time}`;
  await keep(copy, () => copyDatabase(database.path, copy));
  return copy;
}

async function keep(copy: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    rmSync(copy, { force: true });
    throw new StartupError(`No copy could be kept, so nothing was done: ${errorCode(error)}`);
  }
}

async function dumpDatabase(
  service: ServiceName,
  place: PostgresPlace,
  file: string,
): Promise<void> {
  await withPostgres(service, place, (database) => assertProgram('pg_dump', database));
  makeWritableFolder(join(file, '..'));
  makePrivate(file);
  await runProgram('pg_dump', ['--format=custom', '--no-owner', `--file=${file}`], place.url);
}
