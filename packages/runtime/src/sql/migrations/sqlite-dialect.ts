import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from 'kysely';
import { commit } from '../sqlite-commit.ts';
import { rollBack } from '../sqlite-writer.ts';
import { BUSY_TIMEOUT_MS } from '../sqlite.ts';

/** How long a migration waits for another process that migrates the same file. */
const MIGRATION_WAIT_MS = 60_000;

/** Kysely on a connection of `node:sqlite`, for migrations. */
export function createSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createDriver: () => createDriver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite suspends foreign keys while it migrates. */
export async function assertForeignKeys(db: Kysely<unknown>): Promise<void> {
  const check = sql<{ table: string; parent: string }>`PRAGMA foreign_key_check`;
  const [broken] = (await check.execute(db)).rows;
  if (broken)
    throw new Error(`rows of ${broken.table} refer to rows of ${broken.parent} that don't exist`);
}

/**
 * SQLite's DDL is transactional, so a failed migration leaves nothing behind and a second process
 * waits at BEGIN IMMEDIATE. Kysely says otherwise because foreign keys can only be switched outside
 * a transaction; the migration lock is taken there.
 */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    // Rebuilding a table drops the old one, which with foreign keys on would delete the rows that
    // refer to it: https://sqlite.org/lang_altertable.html#otheralter. Each migration ends with a
    // foreign key check instead.
    await sql`PRAGMA foreign_keys=OFF`.execute(db);
    await sql`PRAGMA busy_timeout=${sql.lit(MIGRATION_WAIT_MS)}`.execute(db);
  }

  override async releaseMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`PRAGMA foreign_keys=ON`.execute(db);
    await sql`PRAGMA busy_timeout=${sql.lit(BUSY_TIMEOUT_MS)}`.execute(db);
  }
}

function createDriver(database: DatabaseSync): Driver {
  const connection = createConnection(database);
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: async () =>
      void (await connection.executeQuery(CompiledQuery.raw('begin immediate'))),
    commitTransaction: async () => commit(database),
    rollbackTransaction: async () => rollBack(database),
    // The connection is its opener's.
    destroy: async () => {},
  };
}

function createConnection(database: DatabaseSync): DatabaseConnection {
  return {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      const statement = database.prepare(query.sql);
      const result: unknown = statement.all(...query.parameters.map(asInput));
      return { rows: result as Row[] };
    },
    streamQuery() {
      throw new Error('A migration reads its rows at once');
    },
  };
}

/** `node:sqlite` would silently turn dates, NaN and what is missing into NULL. */
function asInput(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`A value of type ${typeof value} can't be bound to a statement`);
}
