import {
  readListenSettings,
  readTlsSettings,
  settingsReader,
  SECRET_MAKERS,
} from '@anaquel/runtime';
import type { Environment, ListenSettings, SettingsReader, TlsSettings } from '@anaquel/runtime';
import {
  defaultBaseUrl,
  gateway,
  services,
  settingsOf,
  urlSettings,
  type Services,
} from '../../manifest.ts';
import type { Storefront } from './domain/access.ts';
import type { HoldCaps } from './domain/hold-limit.ts';
import type { Role } from './domain/role.ts';
import type { Target } from './domain/target.ts';

export interface TargetConfig extends Target {
  /** Of all replicas. */
  readonly baseUrls: readonly string[];
}

export interface Config extends ListenSettings {
  readonly targets: readonly TargetConfig[];
  /** By which the services know the gateway, and it them. Its own front is plain HTTP. */
  readonly tlsSettings: TlsSettings | null;
  /** The key that stands for each role with all services. */
  readonly keys: Readonly<Record<Role, string>>;
  readonly operatorPassword: string;
  readonly storefront: Storefront;
  readonly holdCaps: HoldCaps;
  /** Whose tokens are accepted; null for nobody's. */
  readonly tokens: {
    readonly issuer: string;
    readonly audience: string;
    readonly jwksUrl: string;
  } | null;
}

const SHORTEST_PASSWORD = 8;

/**
 * Reads the settings of the gateway; files are relative to `folder`.
 * @throws {SettingsError} with a line for every wrong one.
 */
export function readConfig(env: Environment, folder: string): Config {
  const settings = settingsReader(env, folder);
  const makeOne = `Make one with: openssl rand -base64 32, and put its digest into the KEYS_FILE of both services (${SECRET_MAKERS}).`;
  const operatorPassword = settings.secret('OPERATOR_PASSWORD', {
    hint: `It is what operators sign in with (${SECRET_MAKERS}).`,
  });
  if (operatorPassword !== '' && operatorPassword.length < SHORTEST_PASSWORD)
    settings.problems.push(`OPERATOR_PASSWORD must have at least ${SHORTEST_PASSWORD} characters.`);
  const config: Config = {
    ...readListenSettings(settings, { port: gateway.port, urlSettings }),
    targets: readTargets(settings, services),
    tlsSettings: readTlsSettings(settings, folder),
    keys: {
      shopper: settings.secret('STOREFRONT_API_KEY', { hint: makeOne }),
      operator: settings.secret('OPERATOR_API_KEY', { hint: makeOne }),
    },
    operatorPassword,
    storefront: settings.oneOf('STOREFRONT', ['open', 'closed'], { default: 'closed' }),
    holdCaps: {
      units: settings.integer('HOLD_MAX_UNITS', { default: 100, min: 1, max: 1_000_000_000 }),
      lines: settings.integer('HOLD_MAX_LINES', { default: 20, min: 1, max: 100_000 }),
      reservations: settings.integer('HOLD_MAX_ACTIVE', { default: 3, min: 1, max: 1_000 }),
    },
    tokens: readTokens(settings),
  };
  settings.finish();
  return config;
}

/** The services of a manifest, and where they are called. */
export function readTargets(settings: SettingsReader, manifest: Services): TargetConfig[] {
  return Object.entries(manifest).map(([name, service]) => {
    const { title, port, paths, keyedPaths, bodyLimits = {}, gatewayKeys } = service;
    const urlSetting = settingsOf(name).baseUrl;
    const baseUrls = settings.urls(urlSetting, { default: defaultBaseUrl(settings, port) });
    const takesActor = gatewayKeys.storefront.includes('internal');
    return { name, title, paths, urlSetting, baseUrls, takesActor, keyedPaths, bodyLimits };
  });
}

/** All three settings, or none of them. */
function readTokens(settings: SettingsReader): Config['tokens'] {
  const names = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'] as const;
  const [issuer, audience, jwksUrl] = names.map((name) => settings.optional(name));
  if (issuer === undefined && audience === undefined && jwksUrl === undefined) return null;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) {
    const missing = names.filter((name) => settings.optional(name) === undefined).join(' and ');
    settings.problems.push(
      `${missing} must be set too: tokens are accepted with all of ${names.join(', ')}.`,
    );
    return null;
  }
  return { issuer, audience, jwksUrl: settings.url('JWT_JWKS_URL', { default: jwksUrl }) };
}
