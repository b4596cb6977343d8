import { remembered } from '../../process/remembered.ts';
import { createPostgresMigrations } from '../migrations/postgres-migrations.ts';
import { createPostgresConnection } from './connection.ts';
import { DatabaseUnavailableError } from './errors.ts';
import { createPostgres, type Postgres, type PostgresOptions } from './postgres.ts';
import { isOutOfReach } from './startup-errors.ts';

export interface ServiceDatabaseOptions extends PostgresOptions {
  /** What messages call the service. */
  readonly service: string;
  /** Of the migrations that it needs. */
  readonly migrationsFolder: string;
}

/**
 * The database of a service that starts. When no server can be reached, the service starts all the
 * same: each use of the database looks for it, and throws DatabaseUnavailableError until it is
 * there and this code can work with it.
 *
 * @throws StartupError when the server is there, and a person has to mend something: it lets the
 * user not in, or the database lacks migrations.
 */
export async function openServiceDatabase({
  service,
  migrationsFolder,
  ...options
}: ServiceDatabaseOptions): Promise<Postgres> {
  const database = createPostgres(options);
  const migrations = createPostgresMigrations({ database, folder: migrationsFolder, service });
  const isReadable = remembered(() => migrations.assertReadable());
  try {
    await isReadable();
  } catch (error) {
    if (!isOutOfReach(error)) {
      await database.close();
      throw error;
    }
  }

  async function ready(): Promise<Postgres> {
    try {
      await isReadable();
    } catch (error) {
      throw isOutOfReach(error) ? error.cause : new DatabaseUnavailableError(error);
    }
    return database;
  }

  return {
    reads: createPostgresConnection(async (statement) => (await ready()).reads.rows(statement)),
    transaction: async (work, given) => (await ready()).transaction(work, given),
    snapshot: async (work) => (await ready()).snapshot(work),
    barrier: async () => (await ready()).barrier(),
    withSession: async (use) => (await ready()).withSession(use),
    close: () => database.close(),
  };
}
