import { readBrokerSettings, type BrokerSettings } from '@anaquel/events';
import { readServerSettings, settingsReader, SECRET_MAKERS } from '@anaquel/runtime';
import type { Environment, ServerSettings, SettingsReader } from '@anaquel/runtime';
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
import { currencyDecimals } from '@anaquel/money';

export interface Config extends ServerSettings {
  readonly apiKey: string;
  /** Of products that name none. */
  readonly currency: string;
  /** What links start with. */
  readonly publicUrls: { readonly products: string; readonly inventory: string };
  /** Null publishes to the console. */
  readonly broker: BrokerSettings | null;
  readonly webhooks: WebhookSettings;
  /** Of all pictures together. */
  readonly picturesMaxMb: number;
}

/**
 * Reads the settings of the service; files are relative to `folder`.
 * @throws {SettingsError} with a line for every wrong one.
 */
export function readConfig(env: Environment, folder: string): Config {
  const settings = settingsReader(env, folder);
  const server = readServerSettings(settings, {
    port: services.products.port,
    database: `file:./data/${services.products.database.file}`,
    folder,
    urlSettings,
    scopes: allScopes,
    publicScopes,
  });
  const baseUrls = readBaseUrls(settings, { products: server.port });
  const config: Config = {
    ...server,
    apiKey: settings.secret(settingsOf('products').apiKey, {
      hint: `Make one with: openssl rand -base64 32 (${SECRET_MAKERS}).`,
    }),
    currency: readCurrency(settings),
    publicUrls: readPublicUrls(settings, baseUrls),
    broker: readBrokerSettings(settings, folder),
    webhooks: readWebhookSettings(settings),
    picturesMaxMb: settings.integer('PICTURES_MAX_MB', { default: 2_048, min: 0, max: 1_000_000 }),
  };
  settings.finish();
  return config;
}

function readCurrency(settings: SettingsReader): string {
  const currency = settings.text('CURRENCY', { default: 'USD', hint: 'a code of ISO 4217' });
  if (currencyDecimals(currency) === undefined) {
    settings.problems.push(`CURRENCY must be a code of ISO 4217 such as USD, not "${currency}".`);
  }
  return currency;
}
