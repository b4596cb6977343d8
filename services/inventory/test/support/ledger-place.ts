import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '@anaquel/runtime/sql';
import { beginOn } from '@anaquel/runtime/postgres-server';
import { createLedgerFile } from './ledger-file.ts';
import { openPostgresStore } from './postgres-store.ts';

/** What the services of this run keep their data in: the project `postgres` says so. */
export const STORE = process.env['ANAQUEL_TEST_STORE'] === 'postgres' ? 'postgres' : 'sqlite';

/** Where a service under test keeps its ledger: migrated, and empty. */
export interface LedgerPlace {
  /** For DATABASE_URL. */
  readonly url: string;
  /** For files beside it. */
  readonly folder: string;
  /** Runs statements through a connection of its own, and gives their rows. */
  run(...statements: readonly string[]): Promise<unknown[]>;
  /** Keeps services from writing until what it gives is called. */
  holdWrites(): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

export async function createLedgerPlace(): Promise<LedgerPlace> {
  if (STORE === 'sqlite') {
    const file = await createLedgerFile();
    return {
      ...file,
      run: async (...statements) => runAll(file.path, statements),
      async holdWrites() {
        const holder = openSqlite(file.path);
        holder.exec('BEGIN IMMEDIATE');
        return async () => holder.close();
      },
    };
  }
  const [store, folder] = await Promise.all([
    openPostgresStore(),
    mkdtemp(join(tmpdir(), 'anaquel-inventory-')),
  ]);
  const { url, run } = store;
  return {
    url,
    folder,
    run,
    holdWrites: () => beginOn(url, 'lock table levels'),
    async remove() {
      await Promise.all([store.remove(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

function runAll(path: string, statements: readonly string[]): unknown[] {
  const database = openSqlite(path);
  try {
    return statements.flatMap((statement) => database.prepare(statement).all());
  } finally {
    database.close();
  }
}
