import type { SettingsReader } from '@anaquel/runtime';

/**
 * What the project knows of its services before it runs them. The commands, the gateway and the
 * tests read it; tools/test/manifest.test.ts compares compose.yaml, the Dockerfile and the routes
 * of the services with it. A new service is an entry here and a folder.
 */

/** A service with an API behind the gateway, and a database and keys of its own. */
export interface Service<Name extends string = string> {
  /** As people call it: `Products`. */
  readonly title: string;
  /** Where it listens unless its setting says otherwise. */
  readonly port: number;
  readonly database: {
    /** In the data folder, unless its setting says otherwise. */
    readonly file: string;
    /** A shop whose services have no row in theirs was not begun. Deleted products leave theirs. */
    readonly firstTable: string;
  };
  /** What its routes may ask of a key. A name that two services declare is one scope. */
  readonly scopes: readonly Name[];
  /** What needs no key, unless `ANONYMOUS_SCOPES` says otherwise. */
  readonly publicScopes: readonly NoInfer<Name>[];
  /** What the gateway's keys may do. `internal` lets it say on whose behalf it asks. */
  readonly gatewayKeys: Readonly<Record<GatewayKey, readonly NoInfer<Name>[]>>;
  /** The first segments of its addresses below `/api/v1/`. No two services share one. */
  readonly paths: readonly string[];
  /** Those of its paths where a change is safely repeated with its `Idempotency-Key`. */
  readonly keyedPaths: readonly string[];
  /** How long a body may be at those of its paths that take longer ones than others, in bytes. */
  readonly bodyLimits?: Readonly<Record<string, number>>;
}

export type Services = Readonly<Record<string, Service>>;

/** In the order in which they start: a service comes after those that it calls. */
export const services = {
  products: service({
    title: 'Products',
    port: 8001,
    database: { file: 'products.db', firstTable: 'products' },
    scopes: [
      'products:read',
      'products:write',
      'webhooks:read',
      'webhooks:write',
      'internal',
      'admin',
    ],
    publicScopes: ['products:read'],
    gatewayKeys: {
      storefront: ['products:read'],
      operator: ['products:read', 'products:write', 'webhooks:read', 'webhooks:write', 'admin'],
    },
    paths: [
      'products',
      'product-tags',
      'product-pictures',
      'product-price-changes',
      'product-operations',
      'product-events',
      'product-webhooks',
      'product-webhook-deliveries',
    ],
    keyedPaths: [],
    bodyLimits: { 'product-pictures': 3 * 1024 * 1024 },
  }),
  inventory: service({
    title: 'Inventory',
    port: 8002,
    database: { file: 'inventory.db', firstTable: 'levels' },
    scopes: [
      'inventory:read',
      'inventory:write',
      'purchases:read',
      'purchases:write',
      'webhooks:read',
      'webhooks:write',
      'internal',
      'admin',
    ],
    publicScopes: ['inventory:read'],
    gatewayKeys: {
      storefront: ['inventory:read', 'purchases:write', 'internal'],
      operator: [
        'inventory:read',
        'inventory:write',
        'purchases:read',
        'purchases:write',
        'webhooks:read',
        'webhooks:write',
        'admin',
        'internal',
      ],
    },
    paths: [
      'inventories',
      'stock-movements',
      'stock-operations',
      'stock-events',
      'stock-webhooks',
      'stock-webhook-deliveries',
      'purchases',
      'sales-summaries',
      'level-summaries',
      'reservations',
      'audit',
      // Of the classic API.
      'inventory',
    ],
    keyedPaths: [
      'inventories',
      'stock-movements',
      'stock-operations',
      'purchases',
      'reservations',
      'inventory',
    ],
  }),
};

/** The front door: it has neither a database nor an API of its own. */
export const gateway = { title: 'Gateway', port: 8000 } as const;

/** What the services take their keys to be good for, as a 401 names it. */
export const realm = 'anaquel';

export type ServiceName = keyof typeof services;
type ScopeOf<Entry> = Entry extends Service<infer Name> ? Name : never;
export type Scope = ScopeOf<(typeof services)[ServiceName]>;

// The object above has no other keys.
export const serviceNames = Object.keys(services) as readonly ServiceName[];

/** All processes of the shop, callers after those that they call. */
export const processNames = [...serviceNames, 'gateway'] as const;
export type ProcessName = (typeof processNames)[number];

/** Of all services, each once. One keys file and one `ANONYMOUS_SCOPES` may serve them all. */
export const allScopes: readonly Scope[] = serviceNames
  .flatMap((name): readonly Scope[] => services[name].scopes)
  .filter((scope, index, all) => all.indexOf(scope) === index);
export const publicScopes: readonly Scope[] = serviceNames.flatMap(
  (name): readonly Scope[] => services[name].publicScopes,
);

/** Who the gateway's keys stand for, and the settings that hold them. */
export const gatewayKeySettings = {
  storefront: 'STOREFRONT_API_KEY',
  operator: 'OPERATOR_API_KEY',
} as const;
export type GatewayKey = keyof typeof gatewayKeySettings;

/** The settings that are about one service, or about the gateway. */
export function settingsOf(name: string) {
  const prefix = name.toUpperCase().replaceAll('-', '_');
  return {
    port: `${prefix}_PORT`,
    databaseUrl: `${prefix}_DATABASE_URL`,
    apiKey: `${prefix}_API_KEY`,
    /** Where other processes call it: the addresses of its replicas. */
    baseUrl: `${prefix}_BASE_URL`,
    /** What links to it start with. */
    publicUrl: `${prefix}_PUBLIC_URL`,
  };
}

/** The settings whose addresses have names of this server, whichever of them it is. */
export const urlSettings: readonly string[] = serviceNames.flatMap((name) => {
  const { baseUrl, publicUrl } = settingsOf(name);
  return [baseUrl, publicUrl];
});

type Urls = Readonly<Record<ServiceName, string>>;
type BaseUrls = Readonly<Record<ServiceName, readonly [string, ...string[]]>>;

/**
 * Where the services are called: the addresses of all their replicas.
 * @param ports where they listen by default; those of the manifest when left out
 */
export function readBaseUrls(
  settings: SettingsReader,
  ports: Partial<Record<ServiceName, number>> = {},
): BaseUrls {
  return mapServices((name) => {
    const port = ports[name] ?? services[name].port;
    return settings.urls(settingsOf(name).baseUrl, { default: defaultBaseUrl(settings, port) });
  });
}

/** Where a service on this machine is called: by TLS, when it has certificates. */
export function defaultBaseUrl(settings: SettingsReader, port: number): string {
  const scheme = settings.optional('TLS_CERT_FILE') === undefined ? 'http' : 'https';
  return `${scheme}://127.0.0.1:${port}`;
}

/** What links to the services start with: unless it is set, the first address of each. */
export function readPublicUrls(settings: SettingsReader, baseUrls: BaseUrls): Urls {
  return mapServices((name) =>
    settings.url(settingsOf(name).publicUrl, { default: baseUrls[name][0] }),
  );
}

/** One value for each service. */
export function mapServices<Value>(valueOf: (name: ServiceName) => Value) {
  const entries = serviceNames.map((name) => [name, valueOf(name)]);
  return Object.fromEntries(entries) as Record<ServiceName, Value>;
}

function service<const Name extends string>(entry: Service<Name>): Service<Name> {
  return entry;
}

declare module '@anaquel/runtime' {
  interface ScopeRegistry extends Record<Scope, true> {}
}
