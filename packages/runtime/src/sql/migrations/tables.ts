export const MIGRATION_TABLE = 'schema_migrations';
export const LOCK_TABLE = 'schema_migration_lock';

/**
 * Names the executed migrations after which older code can't read the database. A row lives as long
 * as its migration.
 */
export const CONTRACT_TABLE = 'schema_contracts';
