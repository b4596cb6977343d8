export { lockDatabase, tryLock, tryLockDatabase, type FileLock } from './file-lock.ts';
export { createMigrations, type MigrationStatus, type Migrations } from './migrations.ts';
export {
  compared,
  comparedAmount,
  comparedMoney,
  conditionOf,
  holdsElement,
  type FilterField,
} from './sql-filter.ts';
export {
  cappedCount,
  exactCount,
  MAX_COUNTED,
  readListPage,
  sortKeys,
  tested,
  type Counted,
  type ListSource,
  type RowQuery,
  type SortKey,
} from './sql-list.ts';
export { allOf, joinParts, sqlPart, valueList, type SqlPart } from './sql-part.ts';
export { sqliteCode, sqliteExtendedCode } from './sqlite-commit.ts';
export { openSqlite } from './sqlite.ts';
export { sqliteDialect } from './sqlite-dialect.ts';
