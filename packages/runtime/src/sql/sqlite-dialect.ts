import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
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
import { commit, CommitOutcomeUnknownError } from './sqlite-commit.ts';
import { BUSY_TIMEOUT_MS } from './sqlite.ts';

const MAX_CACHED_STATEMENTS = 256;

/** How long a migration waits for another process that migrates the same file. */
const MIGRATION_WAIT_MS = 60_000;

/**
 * A Kysely dialect over one `node:sqlite` connection that the caller opened; `destroy()` closes it.
 * Statements are prepared once and kept (at most 256, the oldest out first). Transactions are
 * `BEGIN IMMEDIATE`: a deferred one that reads and then writes fails at once, without waiting, when
 * another connection wrote in between.
 *
 * When it cannot be known whether one was committed, `onOutcomeUnknown` is called and has to end
 * the process: the transaction is then neither fulfilled nor rejected, so that nobody is answered,
 * and no other one begins. Without it the transaction is rejected with a CommitOutcomeUnknownError.
 */
export function sqliteDialect(
  database: DatabaseSync,
  { onOutcomeUnknown }: { onOutcomeUnknown?: (error: Error) => void } = {},
): Dialect {
  return {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createDriver: () => createDriver(database, onOutcomeUnknown),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
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

function createDriver(database: DatabaseSync, onOutcomeUnknown?: (error: Error) => void): Driver {
  function commitTransaction(): Promise<void> {
    try {
      commit(database);
      return Promise.resolve();
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError) || onOutcomeUnknown === undefined)
        return Promise.reject(error);
      onOutcomeUnknown(error);
      return new Promise(() => {});
    }
  }
  const connection = createConnection(database);
  const run = (text: string) => connection.executeQuery(CompiledQuery.raw(text));
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: async () => void (await run('begin immediate')),
    commitTransaction,
    // A full disk rolls the transaction back by itself, and a second rollback would hide that error
    // behind its own.
    rollbackTransaction: async () => void (database.isTransaction && (await run('rollback'))),
    destroy: async () => void (database.isOpen && database.close()),
  };
}

function createConnection(database: DatabaseSync): DatabaseConnection {
  const prepare = statementCache(database);
  return {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      const { statement, columns } = prepare(query.sql);
      const parameters = query.parameters.map(bindable);
      // The row type is what Kysely inferred from the query it compiled.
      if (columns.length > 0) {
        const rows = statement.all(...parameters) as unknown as SQLOutputValue[][];
        return { rows: rows.map((values) => toObject(columns, values) as Row) };
      }
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    },
    async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
      // A statement of its own: a cached one would be reset by the next query with the same text.
      for (const row of database.prepare(query.sql).iterate(...query.parameters.map(bindable)))
        yield { rows: [row as Row] };
    },
  };
}

function toObject(columns: readonly string[], values: readonly SQLOutputValue[]): object {
  const row: Record<string, SQLOutputValue | undefined> = {};
  let index = 0;
  for (const column of columns) row[column] = values[index++];
  return row;
}

interface CachedStatement {
  statement: StatementSync;
  columns: readonly string[];
}

function statementCache(database: DatabaseSync): (text: string) => CachedStatement {
  const cache = new Map<string, CachedStatement>();
  return (text) => {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text);
    // Rows as objects would take twice the time, and leave garbage that only a full collection
    // finds.
    statement.setReturnArrays(true);
    const prepared = { statement, columns: statement.columns().map(({ name }) => name) };
    const [oldest] = cache.keys();
    if (cache.size >= MAX_CACHED_STATEMENTS && oldest !== undefined) cache.delete(oldest);
    cache.set(text, prepared);
    return prepared;
  };
}

/**
 * SQLite has no booleans and node:sqlite turns Dates, NaN and missing values silently into NULL:
 * those are refused here. A number is bound as REAL, whole ones too; the affinity of an INTEGER
 * column makes it whole again, an expression without a column does not.
 */
function bindable(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'bigint' ||
    value instanceof Uint8Array
  )
    return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(
    `A value of type ${value instanceof Date ? 'Date' : typeof value} can't be bound to a query: convert it first.`,
  );
}
