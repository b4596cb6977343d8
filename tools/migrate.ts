import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError, StartupError } from '@anaquel/runtime';
import { copyDatabase } from '@anaquel/runtime/sql';
import {
  migrateDown,
  migrateUp,
  migrationsFolder,
  readMigrationStatus,
} from './open-migrations.ts';
import { errorCode } from './error-code.ts';
import { readMigrateCall } from './migrate-call.ts';
import type { MigrateCall } from './migrate-call.ts';
import { serviceNames, type ServiceName } from '../services/manifest.ts';
import { databaseFile, envFile, readSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { readEnvironment } from './start/env-file.ts';

const USAGE = `npm run migrate -- status [service]       what each database has, and what it lacks
npm run migrate -- up [service]           run what is pending
npm run migrate -- down <service>         take the last migration back, with what it added; keeps a copy
npm run migrate -- new <service> <name>   write the next migration file

service is ${serviceNames.join(' or ')}; name is like add-brand. The databases are those of npm start.`;

const TEMPLATE = `import type { Kysely } from 'kysely';

// A change that code without it can live with needs nothing more. When it can't read the result, as
// after a dropped or renamed column, this file also exports: const contract = true

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('…').addColumn('…', 'text').execute();
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('…').dropColumn('…').execute();
}
`;

async function run({ command, services, name }: MigrateCall): Promise<void> {
  if (command === 'new') {
    for (const service of services) console.log(`Wrote ${writeMigration(service, name)}`);
    return;
  }
  const settings = readSettings(readEnvironment(envFile, process.env));
  if (settings.notes.DATABASE_URL) console.log(settings.notes.DATABASE_URL);
  for (const service of services) await runOn(service, command, settings);
}

async function runOn(
  service: ServiceName,
  command: Exclude<MigrateCall['command'], 'new'>,
  settings: Settings,
): Promise<void> {
  if (command === 'status') return printStatus(service, settings);
  const names =
    command === 'up'
      ? await migrateUp(service, settings.services[service])
      : await migrateDown(service, settings.services[service], () => keepCopy(service, settings));
  const [did, nothing] =
    command === 'up' ? ['applied', 'nothing is pending'] : ['took back', 'nothing to take back'];
  for (const name of names) console.log(`${service}: ${did} ${name}`);
  if (names.length === 0) console.log(`${service}: ${nothing}`);
}

/** Taking a migration back deletes what it added: a copy of the database stays beside it. */
async function keepCopy(service: ServiceName, settings: Settings): Promise<void> {
  const path = databaseFile(settings.services[service]);
  if (!existsSync(path)) return;
  const copy = `${path}.${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  try {
    await copyDatabase(path, copy);
  } catch (error) {
    rmSync(copy, { force: true });
    throw new StartupError(
      `No copy of ${path} could be made (${errorCode(error)}), so nothing was taken back.`,
    );
  }
  console.log(`${service}: kept a copy in ${copy}`);
}

async function printStatus(service: ServiceName, settings: Settings): Promise<void> {
  for (const { name, state, contract } of await readMigrationStatus(
    service,
    settings.services[service],
  )) {
    const note = contract ? '   (older code cannot read the result)' : '';
    console.log(`${service}: ${state.padEnd(7)} ${name}${note}`);
  }
}

function writeMigration(service: ServiceName, name: string): string {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new StartupError(
      `"${name}" is no name for a migration: small letters, digits and dashes, like add-brand.`,
    );
  }
  const folder = migrationsFolder(service);
  const numbers = readdirSync(folder).map((file) => Number(/^(\d{4})-/.exec(file)?.[1] ?? 0));
  const next = String(Math.max(0, ...numbers) + 1).padStart(4, '0');
  const file = join(folder, `${next}-${name}.ts`);
  writeFileSync(file, TEMPLATE, { flag: 'wx' });
  return file;
}

try {
  const call = readMigrateCall(process.argv.slice(2));
  if (call === null) {
    console.error(USAGE);
    process.exitCode = 1;
  } else await run(call);
} catch (error) {
  const isExpected = error instanceof StartupError || error instanceof SettingsError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}
