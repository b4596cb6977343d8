export type { Migrations, MigrationStatus } from './migrations.ts';
export { createPostgresMigrations } from './postgres-migrations.ts';
export { createMigrations } from './sqlite-migrations.ts';
