import { existsSync } from 'node:fs';
import { databaseName, isSameDatabase, StartupError } from '@anaquel/runtime';
import type { Postgres, PostgresLimits } from '@anaquel/runtime/postgres';
import { commit, openSqlite, rollBack, type DatabaseCopy } from '@anaquel/runtime/sql';
import type { ServiceName } from '../../services/manifest.ts';
import { assertMigrated, migrateUp } from '../open-migrations.ts';
import { whileNoServiceRuns } from '../running-service.ts';
import type { DatabasePlace } from '../settings.ts';
import { withPostgres } from '../with-postgres.ts';
import {
  createPostgresCopyConnection,
  createSqliteCopyConnection,
  type CopyConnection,
} from './copy-connection.ts';
import { copyRows, type OnProgress } from './copy-rows.ts';

/** What each service says of its data. Only the one that is copied is loaded. */
const COPIES: Record<ServiceName, () => Promise<{ readonly databaseCopy: DatabaseCopy }>> = {
  products: () => import('../../services/products/src/service.ts'),
  inventory: () => import('../../services/inventory/src/service.ts'),
};

/** A copy takes as long as it takes, and is done once. */
const UNLIMITED: Partial<PostgresLimits> = {
  statementMs: 0,
  // For an earlier copy that was killed, until the server has noticed.
  lockMs: 60_000,
  idleInTransactionMs: 0,
  transactionMs: 24 * 60 * 60 * 1_000,
  retryMs: 0,
};

/**
 * Copies all data of a service into an empty database of the other kind, in one transaction: when
 * it is interrupted, nothing has happened. Neither database may be in use; nothing can be written
 * to the source meanwhile. Gives the number of rows.
 *
 * @throws StartupError with one line.
 */
export async function copyData(
  service: ServiceName,
  from: DatabasePlace,
  to: DatabasePlace,
  onProgress: OnProgress,
): Promise<number> {
  assertDifferent(from, to);
  if (from.database.kind === 'sqlite' && !existsSync(from.database.path))
    throw new StartupError(`There is no database at ${from.database.path}: nothing to copy.`);
  const { databaseCopy } = await COPIES[service]();
  const why = 'what it does meanwhile would be lost';
  return whileNoServiceRuns(service, from, why, async () => {
    await assertMigrated(service, from);
    await migrateUp(service, to);
    return whileNoServiceRuns(service, to, why, () =>
      withSource(service, from, databaseCopy, (source) =>
        withTarget(service, to, databaseCopy, (target) =>
          copyRows(databaseCopy, source, target, onProgress),
        ),
      ),
    );
  });
}

function assertDifferent({ database: from }: DatabasePlace, { database: to }: DatabasePlace): void {
  if (isSameDatabase(from, to))
    throw new StartupError(`Both ends of the copy are ${databaseName(from)}.`);
  if (from.kind === to.kind)
    throw new StartupError(
      'A copy leads from SQLite to PostgreSQL or back. To copy within one kind, see docs/backup.md.',
    );
}

/** One state of the source, which nobody can change meanwhile. */
async function withSource<Result>(
  service: ServiceName,
  { database: location, databaseSetting: setting }: DatabasePlace,
  { holdWrites }: DatabaseCopy,
  work: (connection: CopyConnection) => Promise<Result>,
): Promise<Result> {
  if (location.kind === 'postgres')
    return withPostgres(service, { url: location.url, setting }, (postgres) =>
      inTransaction(postgres, holdWrites, false, () =>
        postgres.snapshot((connection) => work(createPostgresCopyConnection(connection))),
      ),
    );
  const database = openSqlite(location.path, { readOnly: true });
  try {
    database.exec('BEGIN');
    return await work(createSqliteCopyConnection(database));
  } finally {
    database.close();
  }
}

/** All that is written is there in the end, or nothing of it. */
async function withTarget<Result>(
  service: ServiceName,
  { database: location, databaseSetting: setting }: DatabasePlace,
  { holdWrites }: DatabaseCopy,
  work: (connection: CopyConnection) => Promise<Result>,
): Promise<Result> {
  if (location.kind === 'postgres')
    return withPostgres(service, { url: location.url, setting }, (postgres) =>
      inTransaction(postgres, holdWrites, true, (transaction) =>
        work(createPostgresCopyConnection(transaction)),
      ),
    );
  const database = openSqlite(location.path);
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = await work(createSqliteCopyConnection(database));
    commit(database);
    return result;
  } finally {
    rollBack(database);
    database.close();
  }
}

type Transaction = Parameters<Parameters<Postgres['transaction']>[0]>[0];

/** In a transaction during which no service can write. */
function inTransaction<Result>(
  postgres: Postgres,
  holdWrites: DatabaseCopy['holdWrites'],
  isKept: boolean,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return postgres.transaction(
    async (transaction) => {
      for (const statement of holdWrites) await transaction.rows(statement);
      return work(transaction);
    },
    { isKept: () => isKept, limits: UNLIMITED },
  );
}
