import { readAllowedHosts, type AllowedHosts } from './allowed-hosts.ts';
import { logLevels, type LogLevel } from '../process/logging.ts';
import type { Scope } from './keys.ts';
import { isIP } from 'node:net';
import { parseDatabaseUrl, type DatabaseLocation } from './database-url.ts';
import type { SettingsReader } from '../process/settings.ts';
import { readTlsServerSettings, type TlsServerSettings } from '../process/tls-settings.ts';
import type { TracingSettings } from '../process/tracing.ts';
import { readTracingSettings } from './tracing-settings.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/** The settings of whatever listens. */
export interface ListenSettings {
  readonly host: string;
  readonly port: number;
  /** Where figures and health are told without a key; `undefined` for nowhere. */
  readonly metricsPort: number | undefined;
  readonly metricsHost: string;
  readonly allowedHosts: AllowedHosts;
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly logsRequests: boolean;
  /** Null: no traces are sent. */
  readonly tracing: TracingSettings | null;
  /** What works and makes it easy for strangers, a line each for the log. */
  readonly settingWarnings: readonly string[];
  readonly trustProxy: TrustedProxies;
}

/** The settings that every service with a database and keys has. */
export interface ServerSettings extends ListenSettings {
  readonly database: DatabaseLocation;
  readonly keysFile: string | undefined;
  readonly anonymousScopes: readonly Scope[];
  /** Null serves plain HTTP. */
  readonly tlsSettings: TlsServerSettings | null;
}

export interface ListenDefaults {
  readonly port: number;
  /** Settings whose addresses have names of this server. */
  readonly urlSettings: readonly string[];
}

export interface ServerDefaults extends ListenDefaults {
  /** As in DATABASE_URL. */
  readonly database: string;
  /** Where a relative database path starts. */
  readonly folder: string;
  /** All that callers without a key may be granted. */
  readonly scopes: readonly Scope[];
  /** What they are granted unless the setting says otherwise. */
  readonly publicScopes: readonly Scope[];
}

const LAST_PORT = 65_535;
const ADDRESS = {
  default: '127.0.0.1',
  hint: 'an address of this machine, such as 127.0.0.1',
} as const;

/** Reads them; what is wrong is added to the reader's problems. */
export function readServerSettings(
  settings: SettingsReader,
  defaults: ServerDefaults,
): ServerSettings {
  return {
    ...readListenSettings(settings, defaults),
    database: readDatabase(settings, defaults),
    keysFile: settings.optional('KEYS_FILE'),
    anonymousScopes: settings.listOf('ANONYMOUS_SCOPES', defaults.scopes, {
      default: defaults.publicScopes,
    }),
    tlsSettings: readTlsServerSettings(settings, defaults.folder),
  };
}

/** The same of what has neither a database nor keys of its own. */
export function readListenSettings(
  settings: SettingsReader,
  { port, urlSettings }: ListenDefaults,
): ListenSettings {
  const ownPort = settings.integer('PORT', { default: port, min: 0, max: LAST_PORT });
  return {
    host: settings.text('HOST', ADDRESS),
    port: ownPort,
    metricsPort: readMetricsPort(settings, ownPort),
    metricsHost: settings.text('METRICS_HOST', ADDRESS),
    allowedHosts: readAllowedHosts(settings, urlSettings),
    corsOrigins: settings.list('CORS_ORIGINS', {
      default: [],
      pattern: /^(\*|https?:\/\/[^/\s]+)$/,
      hint: 'a list of origins such as http://localhost:5173, or *',
    }),
    logLevel: settings.oneOf('LOG_LEVEL', logLevels, { default: 'info' }),
    logsRequests:
      settings.oneOf('LOG_REQUESTS', ['true', 'false'], { default: 'false' }) === 'true',
    tracing: readTracingSettings(settings),
    settingWarnings: settings.warnings,
    trustProxy: readTrustProxy(settings),
  };
}

function readMetricsPort(settings: SettingsReader, ownPort: number): number | undefined {
  if (settings.optional('METRICS_PORT') === undefined) return undefined;
  const port = settings.integer('METRICS_PORT', { default: 0, min: 0, max: LAST_PORT });
  if (port === ownPort && port !== 0)
    settings.problems.push(`METRICS_PORT must differ from PORT, but both are ${port}.`);
  return port;
}

function readDatabase(
  settings: SettingsReader,
  { database, folder }: ServerDefaults,
): ServerSettings['database'] {
  const parsed = parseDatabaseUrl(settings.optionalSecret('DATABASE_URL') ?? database, folder);
  if (!('error' in parsed)) return parsed;
  settings.problems.push(`DATABASE_URL ${parsed.error}`);
  return { kind: 'sqlite', path: '' };
}

/**
 * `true` believes any proxy, a number so many of the nearest, a list of addresses or networks only
 * those.
 */
function readTrustProxy(settings: SettingsReader): TrustedProxies {
  const words = settings.list('TRUST_PROXY', { default: [] });
  const [only = 'false'] = words;
  if (words.length <= 1 && (only === 'true' || only === 'false')) return only === 'true';
  if (words.length === 1 && /^[0-9]{1,2}$/.test(only)) return (_address, hop) => hop < Number(only);
  for (const word of words.filter((candidate) => !isProxy(candidate))) {
    settings.problems.push(
      `TRUST_PROXY must be true, false, a number of proxies, or a list of their addresses such as 10.0.0.0/8, not "${word}".`,
    );
  }
  return words;
}

function isProxy(word: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(word)) return true;
  const [address = '', bits, ...rest] = word.split('/');
  const longest = isIP(address) === 6 ? 128 : 32;
  const bounded = bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= longest);
  return isIP(address) !== 0 && bounded && rest.length === 0;
}
