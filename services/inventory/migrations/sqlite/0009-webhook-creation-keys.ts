import { webhookCreationKeys } from '@anaquel/webhooks/tables';
import { sql, type Kysely } from 'kysely';

/** So that a repeated request to make a webhook makes no second one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of webhookCreationKeys('sqlite').up) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of webhookCreationKeys('sqlite').down) await sql.raw(statement).execute(db);
}
