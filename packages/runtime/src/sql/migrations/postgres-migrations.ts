import { StartupError } from '../../process/startup-error.ts';
import { isContention } from '../postgres/errors.ts';
import type { Postgres } from '../postgres/postgres.ts';
import { asStartupError } from '../postgres/startup-errors.ts';
import { connectionOn } from '../postgres/connection.ts';
import type { Session } from '../postgres/session.ts';
import { sql } from '../sql.ts';
import {
  migrationsOn,
  type Migrations,
  type MigrationsOptions,
  type MigrationTarget,
} from './migrations.ts';
import { LOCK_TABLE } from './tables.ts';

export interface PostgresMigrationsOptions extends MigrationsOptions {
  /** It stays open. */
  readonly database: Postgres;
  /** Where its address stands, for messages; DATABASE_URL unless it is given. */
  readonly setting?: string;
}

/** As many processes as may migrate one serializable database at the same time. */
const MAX_ATTEMPTS = 20;

/** Two processes that migrate one database at once are right: one does it, the other waits. */
export function createPostgresMigrations({
  database,
  setting = 'DATABASE_URL',
  ...options
}: PostgresMigrationsOptions): Migrations {
  async function run<Result>(work: (migrations: Migrations) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await database.withSession((session) =>
          work(migrationsOn(targetOn(session), options)),
        );
      } catch (error) {
        const isInTheWay = error instanceof StartupError && isContention(error.cause);
        if (!isInTheWay || attempt === MAX_ATTEMPTS)
          throw asStartupError(error, { service: options.service, setting });
      }
    }
  }

  return {
    status: () => run((migrations) => migrations.status()),
    up: () => run((migrations) => migrations.up()),
    down: () => run((migrations) => migrations.down()),
    assertReadable: () => run((migrations) => migrations.assertReadable()),
  };
}

function targetOn(session: Session): MigrationTarget {
  return {
    reads: connectionOn(session),
    // Of our schema only: others may have tables of the same names.
    tableNames: sql`select table_name from information_schema.tables
      where table_schema = current_schema()`,
    async openKysely() {
      const { createPostgresDialect } = await import('./postgres-dialect.ts');
      return { dialect: createPostgresDialect(session, LOCK_TABLE) };
    },
  };
}
