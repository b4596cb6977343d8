/** How long PostgreSQL may take, in milliseconds. */
export interface PostgresLimits {
  /** To connect to one host and to be told that it takes writes. */
  readonly connectMs: number;
  /** To get a connection, when all are busy or the server that takes writes must be found. */
  readonly acquireMs: number;
  /** One statement, and a read outside of transactions. */
  readonly statementMs: number;
  /** One statement's wait for rows that others have locked. */
  readonly lockMs: number;
  /** A replica that stops in mid-transaction holds its locks no longer: others wait for so long. */
  readonly idleInTransactionMs: number;
  /**
   * A whole transaction. The server bounds no wait of a COMMIT for its standbys, so afterwards the
   * connection is cut, and the outcome is unknown when COMMIT had been sent.
   */
  readonly transactionMs: number;
  /** Doing a transaction again that others were in the way of. */
  readonly retryMs: number;
}

export const DEFAULT_LIMITS: PostgresLimits = {
  connectMs: 2_000,
  acquireMs: 3_000,
  statementMs: 2_000,
  lockMs: 1_000,
  idleInTransactionMs: 1_500,
  transactionMs: 3_000,
  retryMs: 5_000,
};
