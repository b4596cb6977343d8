export { operationIdOf } from './server/described-operation.ts';
export { hostProblem, type AllowedHosts } from './server/allowed-hosts.ts';
export { assertScope, authentication, authProblem, type RouteScope } from './server/auth.ts';
export { createCircuitBreaker, type CallResult } from './client/circuit-breaker.ts';
export { clientOf } from './server/client-address.ts';
export { createClock, watchClock, type Clock, type TimeSources } from './process/clock.ts';
export {
  databaseName,
  isSameDatabase,
  parseDatabaseUrl,
  type DatabaseLocation,
} from './server/database-url.ts';
export { createDocs, type Docs } from './server/docs.ts';
export {
  createHttpClient,
  isCertificateError,
  type HttpClient,
  type HttpClientOptions,
  type JsonAnswer,
  type NoAnswerReason,
  type TryOptions,
} from './client/http-client.ts';
export {
  createKeyring,
  type Caller,
  type Keyring,
  type KeyringOptions,
  type Scope,
  type ScopeRegistry,
} from './server/keys.ts';
export {
  finishedRequest,
  type FinishedRequest,
  type FinishedRequests,
} from './server/finished-requests.ts';
export { openServerTls, type ServerTls } from './server/client-certificates.ts';
export { createLinkBases } from './server/link-bases.ts';
export { createFailureLog, type NoteFailure } from './process/failure-log.ts';
export { allProblems } from './server/documentation.ts';
export { measureCertificate } from './process/certificate-figure.ts';
export { SECRET_MAKERS } from './process/command-texts.ts';
export { createLogLag, type LogLag } from './process/log-lag.ts';
export { DURATION_BUCKETS, type Metrics } from './process/metrics.ts';
export { logLevels, type LogLevel } from './process/logging.ts';
export { createPauses } from './process/pauses.ts';
export {
  endProcess,
  runService,
  type RunningService,
  type ServiceProcess,
} from './process/process.ts';
export { addVary, keepForEver, varyByCaller } from './server/private-answers.ts';
export { createTwofoldLimit, type RateLimit } from './server/rate-limit.ts';
export { readPostgresUrl } from './process/postgres-url.ts';
export { makePrivate, makeWritableFolder, tighten } from './process/private-files.ts';
export { remembered } from './process/remembered.ts';
export { createReplicas, replicaLog, type Replica } from './client/replicas.ts';
export { createOutput, standardOutput, type Output } from './process/output.ts';
export {
  readListenSettings,
  readServerSettings,
  type ListenSettings,
  type ServerSettings,
} from './server/server-settings.ts';
export { createBareServer, type BareServerOptions } from './server/bare-server.ts';
export { metricsRoute } from './server/metrics-route.ts';
export { addMetricsServer, closeServers, openServers } from './server/metrics-server.ts';
export { measureRequests } from './server/request-metrics.ts';
export { createServer, type Readiness, type ServerOptions } from './server/server.ts';
export {
  fileSettingOf,
  isSecretSet,
  SettingsError,
  settingsReader,
  type Environment,
  type SettingsReader,
} from './process/settings.ts';
export { StartupError } from './process/startup-error.ts';
export { openTlsIdentity, type TlsIdentity } from './process/tls-identity.ts';
export {
  CERTIFICATE_CHALLENGE,
  readTlsSettings,
  type TlsSettings,
} from './process/tls-settings.ts';
export { createTimeOrderedIds } from './process/time-ordered-ids.ts';
export { traceRequests } from './server/trace-requests.ts';
export { activeTraceparent, beginCall, type Tracing } from './process/tracing.ts';
export { warnOfWeakSettings } from './server/weak-settings.ts';
export type { Work } from './process/work.ts';
export { createWriteHealth, type WriteHealth } from './server/write-health.ts';
