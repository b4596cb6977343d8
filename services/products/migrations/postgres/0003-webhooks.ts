import { webhookTables } from '@anaquel/webhooks/tables';
import { sql, type Kysely } from 'kysely';

/** The endpoints that are told of events, how far each has come, and what it was sent. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of webhookTables('postgres').up) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of webhookTables('postgres').down) await sql.raw(statement).execute(db);
}
