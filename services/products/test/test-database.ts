import { createPostgresMigrations } from '@anaquel/runtime/migrations';
import { createPostgres } from '@anaquel/runtime/postgres';
import { createTestDatabase, PATIENT, type TestDatabase } from '@anaquel/runtime/postgres-server';
import { postgresMigrations } from '../src/adapters/postgres/store.ts';

/** A new database on PostgreSQL that has all migrations. */
export function createPostgresDatabase(): Promise<TestDatabase> {
  return createTestDatabase({ name: 'products', fill: migratePostgres });
}

export async function migratePostgres(url: string): Promise<void> {
  const database = createPostgres({ url, limits: PATIENT });
  const folder = postgresMigrations;
  await createPostgresMigrations({ database, folder, service: 'products' }).up();
  await database.close();
}
