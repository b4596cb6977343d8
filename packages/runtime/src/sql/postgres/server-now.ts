import { sql } from '../sql.ts';

/** The server's clock in milliseconds since 1970, as it goes on within a transaction. */
export const SERVER_NOW_MS = sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`;
