import type { DatabaseSync } from 'node:sqlite';
import { column, rowCodec, select } from './row-codec.ts';
import type { SqlReads } from './sql-connection.ts';

const LOG = rowCodec<{ id: string }>({ id: column('id') });

/**
 * What names the log of a service: made with its database, and for ever the same. Whoever remembers
 * a position remembers the log that it is of.
 */
export async function readLogId(reads: SqlReads): Promise<string> {
  const log = await reads.first(select(LOG)`from log`);
  if (log === undefined) throw new Error('The database has no log id');
  return log.id;
}

/**
 * Makes another log of a database that was put back to an earlier state: the positions that come
 * were given before, to other events. It gets a new id, and its relays begin at the beginning. No
 * service may run on it.
 */
export function renewLog(database: DatabaseSync): void {
  database.exec(`BEGIN IMMEDIATE;
    UPDATE log SET id = lower(hex(randomblob(16)));
    DELETE FROM relay_cursors;
    COMMIT`);
}
