export { createMigrations, type Migrations, type MigrationStatus } from './migrations.ts';
