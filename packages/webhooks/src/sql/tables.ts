import { sql, type CopiedTable } from '@anaquel/runtime/sql';

/** How a kind of database writes the types of columns, and ends a table. */
interface Dialect {
  readonly text: string;
  readonly integer: string;
  readonly ending: string;
}

const DIALECTS: Readonly<Record<'sqlite' | 'postgres', Dialect>> = {
  sqlite: { text: 'TEXT', integer: 'INTEGER', ending: 'STRICT' },
  postgres: { text: 'TEXT COLLATE "C"', integer: 'BIGINT', ending: '' },
};

/**
 * The statements by which the first migration of each service makes the tables of webhooks. They
 * have been carried out somewhere: what changes later is a migration of its own.
 *
 * `webhook_state` has one row: where all webhooks that are not `behind` have come to, and how often
 * a webhook was changed. Each change locks it first.
 */
export function webhookTables(database: 'sqlite' | 'postgres'): {
  readonly up: readonly string[];
  readonly down: readonly string[];
} {
  const { text, integer, ending } = DIALECTS[database];
  return {
    up: [
      `CREATE TABLE webhooks (
        id ${text} PRIMARY KEY,
        url ${text} NOT NULL,
        batch ${integer} NOT NULL CHECK (batch BETWEEN 1 AND 100),
        paused_reason ${text} CHECK (paused_reason IN ('requested', 'gone', 'failing')),
        sealed_secret TEXT NOT NULL,
        sealed_previous_secret TEXT,
        previous_secret_until ${text},
        version ${integer} NOT NULL,
        created_at ${text} NOT NULL,
        updated_at ${text} NOT NULL,
        event_types TEXT,
        product_ids TEXT
      ) ${ending}`,
      `CREATE TABLE webhook_progress (
        webhook_id ${text} PRIMARY KEY,
        cursor ${integer} NOT NULL,
        behind ${integer} NOT NULL CHECK (behind IN (0, 1)),
        replay ${integer} NOT NULL,
        failing_since ${text}
      ) ${ending}`,
      `CREATE TABLE webhook_state (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        position ${integer} NOT NULL,
        revision ${integer} NOT NULL
      ) ${ending}`,
      `INSERT INTO webhook_state (only_row, position, revision) VALUES (1, 0, 0)`,
      `CREATE TABLE webhook_deliveries (
        id ${text} PRIMARY KEY,
        webhook_id ${text} NOT NULL,
        cause ${text} NOT NULL CHECK (cause IN ('event', 'test', 'repeat')),
        repeats ${text},
        event_id ${text} NOT NULL,
        event_type ${text} NOT NULL,
        event_count ${integer} NOT NULL,
        first_order ${text},
        last_order ${text},
        attempt ${integer} NOT NULL,
        status ${text} NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
        attempt_at ${text} NOT NULL,
        first_attempt_at ${text} NOT NULL,
        response_status ${integer},
        duration_ms ${integer},
        failure TEXT,
        request_body TEXT,
        response_body TEXT
      ) ${ending}`,
      `CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (attempt_at, id)`,
      `CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, attempt_at, id)`,
      `CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, id) WHERE status = 'pending'`,
      `CREATE INDEX webhook_deliveries_requested ON webhook_deliveries (id) WHERE status = 'pending' AND cause <> 'event'`,
    ],
    down: ['webhook_deliveries', 'webhook_state', 'webhook_progress', 'webhooks'].map(
      (table) => `DROP TABLE ${table}`,
    ),
  };
}

/** The statements by which a migration lets a webhook keep the idempotency key that made it. */
export function webhookCreationKeys(database: 'sqlite' | 'postgres'): {
  readonly up: readonly string[];
  readonly down: readonly string[];
} {
  const { text } = DIALECTS[database];
  return {
    up: [
      `ALTER TABLE webhooks ADD COLUMN creation_key ${text}`,
      `ALTER TABLE webhooks ADD COLUMN creation_fingerprint ${text}`,
      `CREATE UNIQUE INDEX webhooks_by_creation_key ON webhooks (creation_key)`,
    ],
    down: [
      `DROP INDEX webhooks_by_creation_key`,
      `ALTER TABLE webhooks DROP COLUMN creation_fingerprint`,
      `ALTER TABLE webhooks DROP COLUMN creation_key`,
    ],
  };
}

/** How they move between SQLite and PostgreSQL. */
export const webhookTableCopies: readonly CopiedTable[] = [
  { name: 'webhooks', order: 'id' },
  { name: 'webhook_progress', order: 'webhook_id' },
  { name: 'webhook_state', order: 'only_row', isSeeded: true },
  { name: 'webhook_deliveries', order: 'id' },
];

/** Keeps callers from changing webhooks on PostgreSQL until the transaction ends. */
export const holdWebhookChanges = sql`select revision from webhook_state for update`;
