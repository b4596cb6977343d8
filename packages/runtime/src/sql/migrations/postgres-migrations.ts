import { StartupError } from '../../process/startup-error.ts';
import { DatabaseUnavailableError, isContention } from '../postgres/errors.ts';
import type { Postgres } from '../postgres/postgres.ts';
import { LOCK_TABLE, migrationsOn, type Migrations, type MigrationsOptions } from './migrations.ts';
import { createPostgresDialect } from './postgres-dialect.ts';

export interface PostgresMigrationsOptions extends MigrationsOptions {
  /** It stays open. */
  readonly database: Postgres;
}

/** As many processes as may migrate one serializable database at the same time. */
const MAX_ATTEMPTS = 20;

/** Two processes that migrate one database at once are right: one does it, the other waits. */
export function createPostgresMigrations({
  database,
  ...options
}: PostgresMigrationsOptions): Migrations {
  async function run<Result>(work: (migrations: Migrations) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await database.withSession((session) =>
          work(migrationsOn({ dialect: createPostgresDialect(session, LOCK_TABLE) }, options)),
        );
      } catch (error) {
        if (error instanceof DatabaseUnavailableError) throw asStartupError(error, options.service);
        const isInTheWay = error instanceof StartupError && isContention(error.cause);
        if (!isInTheWay || attempt === MAX_ATTEMPTS) throw error;
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

function asStartupError(error: DatabaseUnavailableError, service: string): StartupError {
  return new StartupError(
    `The ${service} database can't be used: ${error.reason}. Check that PostgreSQL runs, and DATABASE_URL.`,
    { cause: error },
  );
}
