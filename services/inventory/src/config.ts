import {
  readServerSettings,
  settingsReader,
  type Environment,
  type ServerSettings,
} from '@anaquel/runtime';
import type { HoldLimits } from './domain/hold-limits.ts';

export interface Config extends ServerSettings {
  /** Opens all of this service. */
  readonly apiKey: string;
  readonly productsApiKey: string;
  readonly productsBaseUrl: string;
  /** What links start with. */
  readonly publicUrls: { readonly inventory: string; readonly products: string };
  /** One budget for a whole lookup, retries included, in milliseconds. */
  readonly lookupTimeoutMs: number;
  readonly lookupRetries: number;
  /** For callers without `inventory:write`. */
  readonly holdLimits: HoldLimits;
}

/** @throws {SettingsError} that names every wrong setting at once. */
export function readConfig(env: Environment, folder: string): Config {
  const settings = settingsReader(env);
  const server = readServerSettings(settings, {
    port: 8002,
    database: 'file:./data/inventory.db',
    folder,
  });
  const makeOne = 'Make one with: openssl rand -base64 32 (npm start makes it by itself).';
  const productsBaseUrl = settings.url('PRODUCTS_BASE_URL', { default: 'http://127.0.0.1:8001' });
  const inventoryBaseUrl = settings.url('INVENTORY_BASE_URL', {
    default: `http://127.0.0.1:${server.port}`,
  });
  const config: Config = {
    ...server,
    apiKey: settings.secret('INVENTORY_API_KEY', { hint: makeOne }),
    productsApiKey: settings.secret('PRODUCTS_API_KEY', {
      hint: 'It is the key of the Products service, which this one asks about products.',
    }),
    productsBaseUrl,
    publicUrls: {
      inventory: settings.url('INVENTORY_PUBLIC_URL', { default: inventoryBaseUrl }),
      products: settings.url('PRODUCTS_PUBLIC_URL', { default: productsBaseUrl }),
    },
    lookupTimeoutMs:
      settings.number('HTTP_TIMEOUT_SECONDS', { default: 3, min: 0.05, max: 60 }) * 1_000,
    lookupRetries: settings.integer('HTTP_MAX_RETRIES', { default: 2, min: 0, max: 10 }),
    holdLimits: {
      maxUnits: settings.integer('HOLD_MAX_UNITS', { default: 100, min: 1, max: 1_000_000_000 }),
      maxLines: settings.integer('HOLD_MAX_LINES', { default: 20, min: 1, max: 100_000 }),
      maxActive: settings.integer('HOLD_MAX_ACTIVE', { default: 3, min: 1, max: 1_000 }),
      maxMinutes: settings.integer('HOLD_MAX_MINUTES', { default: 60, min: 1, max: 10_080 }),
    },
  };
  settings.finish();
  return config;
}
