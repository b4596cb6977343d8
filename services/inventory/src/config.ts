import {
  readServerSettings,
  settingsReader,
  type Environment,
  type ServerSettings,
} from '@anaquel/runtime';

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
  };
  settings.finish();
  return config;
}
