// In this entry too: threads that read load no other one, which would bring Fastify along.
export { StartupError } from '../process/startup-error.ts';
export { CommitOutcomeUnknownError } from './commit-outcome.ts';
export type { ByKind, CopiedTable, DatabaseCopy, DatabaseKind, NamedRow } from './copied-tables.ts';
export { copyDatabase } from './copy-database.ts';
export { lockDatabase, tryLock, tryLockDatabase, type FileLock } from './file-lock.ts';
export { startDatabaseThread } from './database-thread.ts';
export {
  amountCondition,
  comparison,
  elementCondition,
  filterCondition,
  moneyCondition,
  type FilterField,
} from './filter-condition.ts';
export {
  cappedCount,
  exactCount,
  MAX_COUNTED,
  orderOf,
  readListPage,
  sortKeys,
  withoutIndex,
  type ListSource,
  type RowCount,
  type RowQuery,
  type SortKey,
} from './list-page.ts';
export { readLogId, renewLog } from './log-id.ts';
export {
  ReadsUnavailableError,
  serveReads,
  startReaderThread,
  type ReaderThread,
} from './reader-thread.ts';
export {
  column,
  flag,
  insertInto,
  json,
  nullableJson,
  optional,
  pairOf,
  rowCodec,
  select,
  valuesOf,
  type Column,
  type Columns,
  type Query,
  type Row,
  type RowCodec,
  type RowReader,
} from './row-codec.ts';
export {
  allOf,
  joinSql,
  operand,
  sql,
  valueList,
  withParameters,
  type Sql,
  type SqlValue,
} from './sql.ts';
export type { CommitStatements, Eventual, SqlConnection, SqlReads } from './sql-connection.ts';
export { commit, runAlone, sqliteCode, sqliteExtendedCode } from './sqlite-commit.ts';
export { createSqliteConnection, type SqliteConnection } from './sqlite-connection.ts';
export { createSqliteWriter, rollBack, type SqliteWriter } from './sqlite-writer.ts';
export { openSqlite } from './sqlite.ts';
export { tableList, type TableList } from './table-list.ts';
export { postgresTables, sqliteTables, type TableDatabase } from './table-rows.ts';
export { typedPage } from './typed-page.ts';
export { createWorkQueue, type WorkQueue } from './work-queue.ts';
