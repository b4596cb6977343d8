import { column, rowCodec, select } from './row-codec.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

const LOG = rowCodec<{ id: string }>({ id: column('id') });

/**
 * What names the log of a service: made with its database, and for ever the same. Whoever remembers
 * a position remembers the log that it is of.
 */
export function readLogId(reads: SqliteConnection): string {
  const log = reads.first(select(LOG)`from log`);
  if (log === undefined) throw new Error('The database has no log id');
  return log.id;
}
