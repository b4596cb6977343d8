import type { PostgresLimits } from '../../src/sql/postgres/index.ts';

/** For tests that are not about time, on a machine that may be slow. */
export const PATIENT: PostgresLimits = {
  connectMs: 30_000,
  acquireMs: 30_000,
  statementMs: 30_000,
  lockMs: 30_000,
  idleInTransactionMs: 30_000,
  transactionMs: 30_000,
  retryMs: 30_000,
};
