import {
  PostgresAdapter,
  PostgresQueryCompiler,
  sql,
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  type TableMetadata,
} from 'kysely';
import { BARRIER_TABLE } from '../postgres/barrier.ts';
import type { Session } from '../postgres/session.ts';
import { sendCommit } from '../postgres/transaction.ts';
import { checkValues } from '../postgres/values.ts';

/** How long a migration waits for another process that migrates the same database. */
const MIGRATION_WAIT_MS = 60_000;

/** Kysely on one connection to PostgreSQL, for migrations. `lockTable` has one row. */
export function createPostgresDialect(session: Session, lockTable: string): Dialect {
  return {
    createAdapter: () => new RowLockingAdapter(),
    createDriver: () => createDriver(session, lockTable),
    createIntrospector: (db) => createIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

/** The lock of Kysely's own is an advisory one, which distributed engines lack. */
class RowLockingAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {
    // It is taken by the transaction: see `beginTransaction`.
  }

  override async releaseMigrationLock(): Promise<void> {
    // It ends with the transaction.
  }
}

function createDriver(session: Session, lockTable: string): Driver {
  const connection = createConnection(session);
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    async beginTransaction() {
      await session.send('begin');
      await session.send(`select set_config('lock_timeout', '${MIGRATION_WAIT_MS}', true)`);
      // A second process waits here. That the row changes tells a serializable one to begin anew,
      // because it had looked before it waited.
      await session.send(`update ${lockTable} set is_locked = 1 - is_locked`);
      await makeBarrier(session);
    },
    commitTransaction: async () => void (await sendCommit(session, [])),
    rollbackTransaction: async () => void (await session.send('rollback')),
    // The session is its opener's.
    destroy: async () => {},
  };
}

async function makeBarrier(session: Session): Promise<void> {
  await session.send(
    `create table if not exists ${BARRIER_TABLE} (id integer primary key check (id = 1), passed integer not null)`,
  );
  await session.send(
    `insert into ${BARRIER_TABLE} (id, passed) values (1, 0) on conflict do nothing`,
  );
}

function createConnection(session: Session): DatabaseConnection {
  return {
    async executeQuery<Row>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      checkValues(parameters);
      const { columns, rows } = await session.send(text, parameters);
      const objects: unknown = rows.map((row) =>
        Object.fromEntries(columns.map((column, place) => [column, row[place]])),
      );
      return { rows: objects as Row[] };
    },
    streamQuery() {
      throw new Error('A migration reads its rows at once');
    },
  };
}

/** The tables of our schema only: others may have tables of the same names. */
function createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
  return {
    getSchemas: async () => [],
    async getTables(): Promise<TableMetadata[]> {
      const query = sql<{ name: string }>`
        select table_name as name from information_schema.tables
        where table_schema = current_schema() order by table_name`;
      const { rows } = await query.execute(db);
      return rows.map(({ name }) => ({ name, columns: [], isView: false, isForeign: false }));
    },
  };
}
