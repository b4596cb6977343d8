export type { PostgresConnection } from './connection.ts';
export { DatabaseUnavailableError, postgresCode, postgresConstraint } from './errors.ts';
export {
  createPostgresLease,
  isLeaseHeld,
  LeaseLostError,
  type Lease,
  type LeaseOptions,
  type LeaseTerm,
} from './lease.ts';
export { startLeasedTask, type LeasedTaskOptions } from './leased-task.ts';
export type { PostgresLimits } from './limits.ts';
export {
  createPostgres,
  type Postgres,
  type PostgresOptions,
  type TransactionOptions,
} from './postgres.ts';
export type { PostgresTransaction } from './transaction.ts';
export { inKnownTime, startServerClock, type ServerClockOptions } from './server-clock.ts';
export { asStartupError, type DatabaseNames } from './startup-errors.ts';
export { openServiceDatabase, type ServiceDatabaseOptions } from './service-database.ts';
