import { logLevels, type LogLevel } from './logging.ts';
import { keyScopes, type Scope } from './keys.ts';
import { parseDatabaseUrl, type DatabaseUrl } from './database-url.ts';
import type { SettingsReader } from './settings.ts';

/** The settings that every service has. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly database: DatabaseUrl;
  readonly keysFile: string | undefined;
  readonly anonymousScopes: readonly Scope[];
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly trustProxy: boolean | string[];
}

export interface ServerDefaults {
  readonly port: number;
  /** As in DATABASE_URL. */
  readonly database: string;
  /** Where a relative database path starts. */
  readonly folder: string;
}

/** Reads them; what is wrong is added to the reader's problems. */
export function readServerSettings(
  settings: SettingsReader,
  defaults: ServerDefaults,
): ServerSettings {
  return {
    host: settings.text('HOST', {
      default: '127.0.0.1',
      hint: 'an address of this machine, such as 127.0.0.1',
    }),
    port: settings.integer('PORT', { default: defaults.port, min: 0, max: 65_535 }),
    database: readDatabase(settings, defaults),
    keysFile: settings.optional('KEYS_FILE', { hint: 'the path of a JSON file' }),
    anonymousScopes: settings.listOf('ANONYMOUS_SCOPES', keyScopes, {
      default: ['products:read', 'inventory:read'],
    }),
    corsOrigins: settings.list('CORS_ORIGINS', {
      default: [],
      pattern: /^(\*|https?:\/\/[^/\s]+)$/,
      hint: 'a list of origins such as http://localhost:5173, or *',
    }),
    logLevel: settings.oneOf('LOG_LEVEL', logLevels, { default: 'info' }),
    trustProxy: readTrustProxy(settings),
  };
}

function readDatabase(settings: SettingsReader, { database, folder }: ServerDefaults): DatabaseUrl {
  const text = settings.text('DATABASE_URL', {
    default: database,
    hint: 'an address such as file:./data/shop.db',
  });
  const parsed = parseDatabaseUrl(text, folder);
  if ('error' in parsed) settings.problems.push(`DATABASE_URL ${parsed.error}`);
  return parsed;
}

/** `true` believes any proxy, a list of addresses or networks only those. */
function readTrustProxy(settings: SettingsReader): boolean | string[] {
  const words = settings.list('TRUST_PROXY', {
    default: [],
    pattern: /^(true|false|loopback|linklocal|uniquelocal|[0-9a-fA-F:.]+(\/[0-9]{1,3})?)$/,
    hint: 'true, false, or a list of proxy addresses such as 10.0.0.0/8',
  });
  if (words.includes('true')) return true;
  const proxies = words.filter((word) => word !== 'false');
  return proxies.length > 0 && proxies;
}
