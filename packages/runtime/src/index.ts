export { operationIdOf } from './described-operation.ts';
export { hostProblem, type AllowedHosts } from './allowed-hosts.ts';
export { assertScope, authentication, authProblem, type RouteScope } from './auth.ts';
export { createCircuitBreaker, type CallResult } from './circuit-breaker.ts';
export { clientOf } from './client-address.ts';
export { createClock, watchClock, type Clock, type TimeSources } from './clock.ts';
export { parseDatabaseUrl, type DatabaseUrl } from './database-url.ts';
export { docsPagePolicy } from './documentation.ts';
export { lockDatabase, tryLock, tryLockDatabase, type FileLock } from './file-lock.ts';
export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type JsonAnswer,
  type NoAnswerReason,
} from './http-client.ts';
export {
  createKeyring,
  keyScopes,
  type Caller,
  type Keyring,
  type KeyringOptions,
  type Scope,
} from './keys.ts';
export { createLinkBases } from './link-bases.ts';
export { logLevels, type LogLevel } from './logging.ts';
export { createMigrations, type MigrationStatus, type Migrations } from './migrations.ts';
export { endProcess, runService, type RunningService, type ServiceProcess } from './process.ts';
export { addVary, varyByCaller } from './private-answers.ts';
export { createTwofoldLimit, type RateLimit } from './rate-limit.ts';
export { makePrivate, makeWritableFolder, tighten } from './private-files.ts';
export { createOutput, standardOutput, type Output } from './output.ts';
export {
  readListenSettings,
  readServerSettings,
  type ListenSettings,
  type ServerSettings,
} from './server-settings.ts';
export {
  createBareServer,
  createServer,
  type BareServerOptions,
  type Readiness,
  type ServerOptions,
} from './server.ts';
export {
  SettingsError,
  settingsReader,
  type Environment,
  type SettingsReader,
} from './settings.ts';
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
export { StartupError } from './startup-error.ts';
export { createTimeOrderedIds } from './time-ordered-ids.ts';
export { warnOfWeakSettings } from './weak-settings.ts';
export { createWriteHealth, type WriteHealth } from './write-health.ts';
