import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError, StartupError, type DatabaseLocation } from '@anaquel/runtime';
import { runCopy } from './copy/run-copy.ts';
import { keepCopy } from './keep-copy.ts';
import {
  migrateDown,
  migrateUp,
  migrationsFolder,
  readMigrationStatus,
} from './open-migrations.ts';
import { readMigrateCall } from './migrate-call.ts';
import type { MigrateCall } from './migrate-call.ts';
import { serviceNames, type ServiceName } from '../services/manifest.ts';
import { envFile, hasSources, readSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { readEnvironment } from './start/env-file.ts';

const USAGE = `npm run migrate -- status [service]       what each database has, and what it lacks
npm run migrate -- up [service]           run what is pending
npm run migrate -- down <service>         take the last migration back, with what it added; keeps a copy
npm run migrate -- copy <service> --from <address> --to <address>
                                          copy all data from SQLite to an empty database on PostgreSQL, or
                                          back; the database of the settings where --from or --to is left out
npm run migrate -- new <service> <name>   write the next migration, a file for each kind of database

service is ${serviceNames.join(' or ')}; name is like add-brand. The databases are those of npm start.`;

const TEMPLATES: Record<DatabaseLocation['kind'], string> = {
  sqlite: templateOf('text'),
  // Texts are compared by their bytes, as SQLite does.
  postgres: templateOf('text collate "C"'),
};

function templateOf(type: string): string {
  return `import { sql, type Kysely } from 'kysely';

// A change that code without it can live with needs nothing more. When it can't read the result, as
// after a dropped or renamed column, this file also exports: const contract = true

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql\`alter table … add column … ${type}\`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql\`alter table … drop column …\`.execute(db);
}
`;
}

async function run(call: MigrateCall): Promise<void> {
  if (call.command === 'new') {
    for (const file of writeMigrations(call.service, call.name)) console.log(`Wrote ${file}`);
    return;
  }
  const settings = readSettings(readEnvironment(envFile, process.env));
  if (settings.notes.DATABASE_URL) console.log(settings.notes.DATABASE_URL);
  switch (call.command) {
    case 'status':
      for (const service of call.services) await printStatus(service, settings);
      return;
    case 'up':
      for (const service of call.services)
        tell(service, await migrateUp(service, settings.services[service]), {
          did: 'applied',
          nothing: 'nothing is pending',
        });
      return;
    case 'down': {
      const { service } = call;
      const place = settings.services[service];
      const names = await migrateDown(service, place, () => keep(service, settings));
      return tell(service, names, { did: 'took back', nothing: 'nothing to take back' });
    }
    case 'copy':
      return runCopy(call.service, call.ends, settings);
  }
}

function tell(
  service: ServiceName,
  names: readonly string[],
  { did, nothing }: { did: string; nothing: string },
): void {
  for (const name of names) console.log(`${service}: ${did} ${name}`);
  if (names.length === 0) console.log(`${service}: ${nothing}`);
}

/** Taking a migration back deletes what it added. */
async function keep(service: ServiceName, settings: Settings): Promise<void> {
  const copy = await keepCopy(service, settings);
  if (copy !== null) console.log(`${service}: kept a copy in ${copy}`);
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

/** Returns the paths of the files. */
function writeMigrations(service: ServiceName, name: string): string[] {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new StartupError(
      `"${name}" is no name for a migration: small letters, digits and dashes, like add-brand.`,
    );
  }
  if (!hasSources())
    throw new StartupError('A release takes no new migrations: write them in a checkout.');
  return (['sqlite', 'postgres'] as const).map((kind) => {
    const folder = migrationsFolder(service, kind);
    const numbers = readdirSync(folder).map((file) => Number(/^(\d{4})-/.exec(file)?.[1] ?? 0));
    const next = String(Math.max(0, ...numbers) + 1).padStart(4, '0');
    const file = join(folder, `${next}-${name}.ts`);
    writeFileSync(file, TEMPLATES[kind], { flag: 'wx' });
    return file;
  });
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
