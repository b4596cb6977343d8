import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgres, createPostgresLease, type LeaseTerm } from '@anaquel/runtime/postgres';
import { createTestDatabase, PATIENT, runOn } from '@anaquel/runtime/postgres-server';
import {
  createSqliteConnection,
  createSqliteWriter,
  openSqlite,
  postgresTables,
  sqliteTables,
} from '@anaquel/runtime/sql';
import {
  createDeliveryStore,
  createWebhookRegister,
  type DeliveryStore,
  type WebhookRegister,
} from '../src/index.ts';
import { webhookCreationKeys, webhookTables } from '../src/sql/tables.ts';

/** A new database with nothing but the tables of webhooks. */
export interface TestStores {
  readonly register: WebhookRegister;
  /** Of the process whose turn it is. */
  readonly deliveries: DeliveryStore;
  /** Of another process, whose turn it is from now on. */
  takeOver(): Promise<DeliveryStore>;
  close(): Promise<void>;
}

/** What the clock of the stores says. */
export const NOW = '2026-11-29T10:00:00.000Z';
const clock = () => new Date(NOW);

const statementsFor = (database: 'sqlite' | 'postgres'): readonly string[] => [
  ...webhookTables(database).up,
  ...webhookCreationKeys(database).up,
];

export async function openSqliteStores(): Promise<TestStores> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-webhooks-'));
  const database = openSqlite(join(folder, 'webhooks.db'));
  for (const statement of statementsFor('sqlite')) database.exec(statement);
  const reads = createSqliteConnection(database);
  const writer = createSqliteWriter(database, {
    onOutcomeUnknown(error) {
      throw error;
    },
  });
  const commit: Parameters<typeof createWebhookRegister>[0]['commit'] = (statements) =>
    writer.transaction(async (connection) =>
      statements.map((statement) => connection.rows(statement)),
    );
  const deliveries = () => createDeliveryStore({ reads, commit, clock });
  return {
    register: createWebhookRegister({ ...sqliteTables(reads), commit }),
    deliveries: deliveries(),
    takeOver: async () => deliveries(),
    async close() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export async function openPostgresStores(): Promise<TestStores> {
  const place = await createTestDatabase();
  await runOn(
    place.url,
    ...statementsFor('postgres'),
    'create table leases (name text primary key, holder text not null, epoch bigint not null, until_ms bigint not null)',
    "insert into leases values ('upkeep', '', 0, 0)",
  );
  const database = createPostgres({ url: place.url, limits: PATIENT });
  const { reads } = database;
  let holders = 0;

  async function take(): Promise<DeliveryStore> {
    await runOn(place.url, 'update leases set until_ms = 0');
    holders += 1;
    const lease = createPostgresLease({
      database,
      name: 'upkeep',
      holder: `holder ${holders}`,
      heldForMs: 60_000,
    });
    const term: LeaseTerm | null = await lease.take();
    if (term === null) throw new Error('Nobody else holds the lease');
    return createDeliveryStore({
      reads,
      commit: (statements) =>
        database.transaction(async (transaction) => {
          await term.keep(transaction);
          return transaction.commit(...statements);
        }),
      clock,
    });
  }

  return {
    register: createWebhookRegister({
      ...postgresTables(reads),
      commit: (statements) =>
        database.transaction((transaction) => transaction.commit(...statements)),
    }),
    deliveries: await take(),
    takeOver: take,
    async close() {
      await database.close();
      await place.drop();
    },
  };
}
