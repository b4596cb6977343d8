import { readBrokerSettings, type BrokerSettings } from '@anaquel/events';
import {
  readServerSettings,
  settingsReader,
  type Environment,
  type ServerSettings,
  SECRET_MAKERS,
  type SettingsReader,
} from '@anaquel/runtime';
import { readWebhookSettings, type WebhookSettings } from '@anaquel/webhooks';
import {
  allScopes,
  publicScopes,
  readBaseUrls,
  readPublicUrls,
  services,
  settingsOf,
  urlSettings,
} from '../../manifest.ts';
import type { HoldLimits } from './domain/hold-limits.ts';

export interface Config extends ServerSettings {
  /** Opens all of this service. */
  readonly apiKey: string;
  readonly productsApiKey: string;
  /** Of all replicas. */
  readonly productsBaseUrls: readonly string[];
  /** What links start with. */
  readonly publicUrls: { readonly inventory: string; readonly products: string };
  /** One budget for a whole lookup, retries included, in milliseconds. */
  readonly lookupTimeoutMs: number;
  readonly lookupRetries: number;
  /** For callers without `inventory:write`. */
  readonly holdLimits: HoldLimits;
  /** Of the shop's days; a name of IANA. */
  readonly timeZone: string;
  /** Null publishes to the console. */
  readonly broker: BrokerSettings | null;
  readonly webhooks: WebhookSettings;
}

/** @throws {SettingsError} that names every wrong setting at once. */
export function readConfig(env: Environment, folder: string): Config {
  const settings = settingsReader(env, folder);
  const server = readServerSettings(settings, {
    port: services.inventory.port,
    database: `file:./data/${services.inventory.database.file}`,
    folder,
    urlSettings,
    scopes: allScopes,
    publicScopes,
  });
  const makeOne = `Make one with: openssl rand -base64 32 (${SECRET_MAKERS}).`;
  const baseUrls = readBaseUrls(settings, { inventory: server.port });
  const config: Config = {
    ...server,
    apiKey: settings.secret(settingsOf('inventory').apiKey, { hint: makeOne }),
    productsApiKey: settings.secret(settingsOf('products').apiKey, {
      hint: 'It is the key of the Products service, which this one asks about products.',
    }),
    productsBaseUrls: baseUrls.products,
    publicUrls: readPublicUrls(settings, baseUrls),
    lookupTimeoutMs:
      settings.number('HTTP_TIMEOUT_SECONDS', { default: 3, min: 0.05, max: 60 }) * 1_000,
    lookupRetries: settings.integer('HTTP_MAX_RETRIES', { default: 2, min: 0, max: 10 }),
    holdLimits: {
      maxUnits: settings.integer('HOLD_MAX_UNITS', { default: 100, min: 1, max: 1_000_000_000 }),
      maxLines: settings.integer('HOLD_MAX_LINES', { default: 20, min: 1, max: 100_000 }),
      maxActive: settings.integer('HOLD_MAX_ACTIVE', { default: 3, min: 1, max: 1_000 }),
      maxMinutes: settings.integer('HOLD_MAX_MINUTES', { default: 60, min: 1, max: 10_080 }),
    },
    timeZone: readTimeZone(settings),
    broker: readBrokerSettings(settings, folder),
    webhooks: readWebhookSettings(settings),
  };
  settings.finish();
  return config;
}

function readTimeZone(settings: SettingsReader): string {
  const hint = 'a time zone such as Europe/Madrid';
  const timeZone = settings.text('SHOP_TIME_ZONE', { default: 'UTC', hint });
  if (!isTimeZone(timeZone))
    settings.problems.push(`SHOP_TIME_ZONE must be ${hint}, not "${timeZone}".`);
  return timeZone;
}

/** Offsets such as +01:00 are none: their days don't follow the clock of a place. */
function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && Boolean(Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
