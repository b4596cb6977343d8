import { sql, type DatabaseCopy, type NamedRow } from '@anaquel/runtime/sql';
import { holdWebhookChanges, webhookTableCopies } from '@anaquel/webhooks/tables';
import { placedRecord, RECORD } from './stored-record.ts';

/** How the ledger moves between SQLite and PostgreSQL. */
export const databaseCopy: DatabaseCopy = {
  tables: [
    { name: 'levels', order: 'product_id, location' },
    { name: 'movements', order: 'position' },
    { name: 'purchases', order: 'number' },
    { name: 'reservations', order: 'id' },
    { name: 'holds', order: 'product_id, location, expires_at, reservation_id' },
    {
      name: 'idempotency_records',
      // SQLite numbers them as they come, and looks for old ones among the first.
      order: { sqlite: 'number', postgres: 'at, key, scope' },
      own: { sqlite: { number: undefined }, postgres: { base: 0 } },
      withoutOwn: { postgres: withoutBase },
    },
    {
      name: 'record_upkeep',
      order: 'pruned',
      // Records of earlier releases may be among those that come: `finish` counts them.
      own: { sqlite: { only: 1, unadopted: 0 }, postgres: { only_row: 1 } },
      isSeeded: true,
    },
    { name: 'relay_cursors', order: 'relay', isSeeded: true },
    ...webhookTableCopies,
    {
      name: 'log',
      order: 'id',
      own: { sqlite: { only: 1 }, postgres: { only_row: 1 } },
      isSeeded: true,
    },
  ],
  uncopied: { sqlite: [], postgres: ['log_head', 'hold_locks', 'leases'] },
  numbers: [],
  finish: {
    sqlite: [
      sql`update record_upkeep set unadopted =
        (select coalesce(max(number), 0) from idempotency_records)`,
    ],
    postgres: [
      sql`update log_head set position = (select coalesce(max(position), 0) from movements),
        number = (select coalesce(max(number), 0) from purchases)`,
    ],
  },
  holdWrites: [
    sql`select position from log_head for update`,
    sql`select epoch from leases for update`,
    holdWebhookChanges,
  ],
};

const RECORD_COLUMNS = RECORD.columns.text.split(', ');

/** On PostgreSQL a record counts its positions from the start of its batch. */
function withoutBase({ base, ...row }: NamedRow): NamedRow {
  const values = RECORD_COLUMNS.map((name) => row[name] ?? null);
  const { outcome } = placedRecord(RECORD.read(values, 0), Number(base));
  return { ...row, outcome };
}
