import { keyScopes, logLevels, parseDatabaseUrl, settingsReader } from '@anaquel/runtime';
import type { Environment, LogLevel, Scope, SettingsReader } from '@anaquel/runtime';
import { currencyDecimals } from './domain/money.ts';

export interface Config {
  host: string;
  port: number;
  database: { kind: 'sqlite'; path: string };
  apiKey: string;
  keysFile: string | undefined;
  anonymousScopes: Scope[];
  corsOrigins: string[];
  /** Of products that name none. */
  currency: string;
  logLevel: LogLevel;
  trustProxy: boolean | number | string;
  /** Where clients reach this service and Inventory; links start with these. */
  publicUrl: string;
  inventoryPublicUrl: string;
}

/**
 * Reads the settings of the service; files are relative to `cwd`.
 * @throws SettingsError with a line for every wrong one.
 */
export function readConfig(env: Environment, cwd: string): Config {
  const settings = settingsReader(env);
  const port = settings.integer('PORT', { default: 8001, min: 0, max: 65_535 });
  const baseUrl = settings.url('PRODUCTS_BASE_URL', { default: `http://127.0.0.1:${port}` });
  const inventoryBaseUrl = settings.url('INVENTORY_BASE_URL', { default: 'http://127.0.0.1:8002' });
  const config: Config = {
    host: settings.text('HOST', { default: '127.0.0.1', hint: 'an address of this machine' }),
    port,
    database: readDatabase(settings, cwd),
    apiKey: settings.secret('PRODUCTS_API_KEY', { hint: 'Make one with: openssl rand -hex 32' }),
    keysFile: settings.optional('KEYS_FILE', { hint: 'a file' }),
    anonymousScopes: settings.listOf('ANONYMOUS_SCOPES', keyScopes, {
      default: ['products:read', 'inventory:read'],
    }),
    corsOrigins: settings.list('CORS_ORIGINS', {
      default: [],
      pattern: /^(?:\*|https?:\/\/[^\s/?#@]+)$/,
      hint: 'a list of origins such as https://shop.example, or * alone',
    }),
    currency: readCurrency(settings),
    logLevel: settings.oneOf('LOG_LEVEL', logLevels, { default: 'info' }),
    trustProxy: readTrustProxy(settings),
    publicUrl: settings.url('PRODUCTS_PUBLIC_URL', { default: baseUrl }),
    inventoryPublicUrl: settings.url('INVENTORY_PUBLIC_URL', { default: inventoryBaseUrl }),
  };
  settings.finish();
  return config;
}

function readDatabase(settings: SettingsReader, cwd: string): Config['database'] {
  const text = settings.text('DATABASE_URL', {
    default: 'file:./data/products.db',
    hint: 'a file such as file:./data/products.db',
  });
  const database = parseDatabaseUrl(text, cwd);
  if ('error' in database) settings.problems.push(`DATABASE_URL ${database.error}`);
  else if (database.kind === 'sqlite') return database;
  else
    settings.problems.push('DATABASE_URL must name an SQLite file: PostgreSQL cannot be used yet.');
  return { kind: 'sqlite', path: '' };
}

function readCurrency(settings: SettingsReader): string {
  const currency = settings.text('CURRENCY', { default: 'USD', hint: 'a code of ISO 4217' });
  if (currencyDecimals(currency) === undefined)
    settings.problems.push(`CURRENCY must be a code of ISO 4217 such as USD, not "${currency}".`);
  return currency;
}

/** Not at all, always, so many hops, or proxies by address. */
function readTrustProxy(settings: SettingsReader): boolean | number | string {
  const text = settings.text('TRUST_PROXY', {
    default: 'false',
    pattern:
      /^(?:true|false|[0-9]{1,2}|(?:[0-9a-fA-F.:/]+|loopback|linklocal|uniquelocal)(?:\s*,\s*(?:[0-9a-fA-F.:/]+|loopback|linklocal|uniquelocal))*)$/,
    hint: 'true, false, a number of proxies, or a list of their addresses',
  });
  if (text === 'true' || text === 'false') return text === 'true';
  return /^[0-9]+$/.test(text) ? Number(text) : text;
}
