import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '@anaquel/runtime';
import type { ServiceName } from '../../services/manifest.ts';
import { writeGatewayKeys } from '../gateway-keys.ts';
import { keepCopy } from '../keep-copy.ts';
import { migrateDown, migrateUp, readMigrationStatus } from '../open-migrations.ts';
import { makeSecrets } from './make-secrets.ts';
import { assertNoWords, type Command } from './run-command.ts';
import { readServiceSettings } from './service-settings.ts';
import { warmUp } from './warm-up.ts';

/** Longer than a migration of a large database takes; Kubernetes then begins anew. */
const MIGRATED_WITHIN_MS = 600_000;
const LOOK_EVERY_MS = 2_000;

/** What the image of a service with a database can do besides running it. */
export function serviceCommands(service: ServiceName): Readonly<Record<string, Command>> {
  return {
    migrate: (words) => migrate(service, words),
    async prepare(words) {
      assertNoWords(words);
      await migrate(service, []);
      noteKeys(service);
    },
    async 'await-migrations'(words) {
      assertNoWords(words);
      await awaitMigrations(service);
      noteKeys(service);
    },
    'make-secrets': makeSecrets,
    async 'warm-up'(words) {
      assertNoWords(words);
      const folder = mkdtempSync(join(tmpdir(), 'warm-up-'));
      process.once('exit', () => rmSync(folder, { recursive: true }));
      process.env['DATABASE_URL'] = `file:${join(folder, 'some.db')}`;
      await migrate(service, []);
      await warmUp(service);
    },
  };
}

function noteKeys(service: ServiceName): void {
  const { dataFolder } = readServiceSettings(service, process.env);
  writeGatewayKeys(service, `${dataFolder}/keys.json`, process.env);
}

/** Resolves once the database has all that this image knows, which another process brings. */
async function awaitMigrations(service: ServiceName): Promise<void> {
  const place = readServiceSettings(service, process.env).services[service];
  const deadline = performance.now() + MIGRATED_WITHIN_MS;
  for (;;) {
    const all = await readMigrationStatus(service, place);
    const pending = all.filter(({ state }) => state === 'pending').map(({ name }) => name);
    if (pending.length === 0) return;
    if (performance.now() > deadline)
      throw new StartupError(`The database still lacks ${pending.join(', ')}: run migrate.`);
    await delay(LOOK_EVERY_MS);
  }
}

async function migrate(service: ServiceName, words: readonly string[]): Promise<void> {
  const [step = 'up', ...rest] = words;
  assertNoWords(rest);
  const settings = readServiceSettings(service, process.env);
  const place = settings.services[service];
  if (step === 'up') {
    const names = await migrateUp(service, place);
    console.log(names.length === 0 ? 'nothing is pending' : `applied ${names.join(', ')}`);
  } else if (step === 'down') {
    const names = await migrateDown(service, place, async () => {
      const copy = await keepCopy(service, settings);
      if (copy !== null) console.log(`kept a copy in ${copy}`);
    });
    console.log(names.length === 0 ? 'nothing to take back' : `took back ${names.join(', ')}`);
  } else if (step === 'status') {
    for (const { name, state, contract } of await readMigrationStatus(service, place))
      console.log(`${state.padEnd(7)} ${name}${contract ? '   (older code cannot read it)' : ''}`);
  } else
    throw new StartupError(`migrate knows up, which it takes when nothing is said, down, status.`);
}
