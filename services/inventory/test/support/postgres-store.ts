import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@anaquel/runtime';
import { createPostgresMigrations } from '@anaquel/runtime/migrations';
import { createPostgres, type PostgresLimits } from '@anaquel/runtime/postgres';
import { createTestDatabase, PATIENT, runOn } from '@anaquel/runtime/postgres-server';
import { createPostgresLedgerReader } from '../../src/adapters/postgres/ledger-reader.ts';
import { createPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { AT } from './commands.ts';
import type { StoreConnection, TestStore } from './test-store.ts';

export interface PostgresTestStore extends TestStore {
  readonly url: string;
  /** Runs SQL through a connection of its own. */
  run(...statements: readonly string[]): Promise<unknown[]>;
}

/** `settings` are of the database, such as `default_transaction_isolation`. */
export async function openPostgresStore(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresTestStore> {
  const place = await createTestDatabase({ name: 'inventory', fill: migrate });
  const name = new URL(place.url).pathname.slice(1);
  for (const [setting, value] of Object.entries(settings))
    await runOn(place.url, `alter database ${name} set ${setting} = '${value}'`);
  const run = (...statements: readonly string[]) => runOn(place.url, ...statements);
  // The template's log is another one.
  await run(`update log set id = '${randomUUID().replaceAll('-', '')}'`);
  return {
    url: place.url,
    run,
    connect: (clock) => connectTo(place.url, { clock }),
    refuseReason: async (reason) =>
      void (await run(
        `alter table movements add constraint refuse_${reason} check (reason <> '${reason}')`,
      )),
    remove: () => place.drop(),
  };
}

/** A ledger and a reader on a database that is migrated. */
export function connectTo(
  url: string,
  {
    clock = () => new Date(AT),
    limits = {},
  }: { clock?: Clock | undefined; limits?: Partial<PostgresLimits> } = {},
): StoreConnection {
  const postgres = createPostgres({ url, limits: { ...PATIENT, ...limits } });
  const ledger = createPostgresLedger(postgres);
  const reader = createPostgresLedgerReader(postgres, clock);
  return {
    ledger,
    reader,
    async close() {
      await ledger.close();
      await reader.close();
      await postgres.close();
    },
  };
}

export async function migrate(url: string): Promise<void> {
  const folder = fileURLToPath(new URL('../../migrations/postgres', import.meta.url));
  const database = createPostgres({ url });
  await createPostgresMigrations({ database, folder, service: 'inventory' }).up();
  await database.close();
}
