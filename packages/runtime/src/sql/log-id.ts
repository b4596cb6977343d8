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
