/** Settings of one kind, in the order in which docs/settings.md shows them. */
export interface SettingsSection {
  readonly title: string;
  readonly settings: readonly SettingText[];
}

/** What a person reads of a setting, or of some that belong together, in Markdown. */
export interface SettingText {
  readonly names: readonly string[];
  readonly default: string;
  readonly meaning: string;
}

/** A setting that a process reads has an entry here, and the other way round. */
export const settingTexts: readonly SettingsSection[] = [
  {
    title: 'Keys and people',
    settings: [
      {
        names: ['PRODUCTS_API_KEY', 'INVENTORY_API_KEY'],
        default: 'made by the first `npm start`',
        meaning:
          'the API key with all scopes of its service; Inventory needs both. A key of fewer than 20 characters works, with a warning at each start',
      },
      {
        names: ['STOREFRONT_API_KEY', 'OPERATOR_API_KEY'],
        default: 'made by the first `npm start`',
        meaning:
          "the gateway's API keys. Each service must know their digests: `npm start` writes them, and the keys of your `KEYS_FILE`, into a keys file in `DATA_DIR`",
      },
      {
        names: ['OPERATOR_PASSWORD'],
        default: 'made by the first `npm start`',
        meaning:
          'the password with which operators sign in, 8 characters or more. Changing it signs everybody out',
      },
      {
        names: ['STOREFRONT'],
        default: '`closed`; for `npm start` `open`',
        meaning:
          '`open`: anybody may buy and reserve without signing in. `closed`: anybody may only look',
      },
      {
        names: ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'],
        default: 'none',
        meaning:
          "the issuer, audience and key set of the bearer tokens that the gateway accepts; set all three or none. A token's claim `role` or `roles` is `operator` or `shopper`; its `sub` is the person",
      },
      {
        names: [
          'PRODUCTS_API_KEY_FILE',
          'INVENTORY_API_KEY_FILE',
          'STOREFRONT_API_KEY_FILE',
          'OPERATOR_API_KEY_FILE',
          'OPERATOR_PASSWORD_FILE',
          'DATABASE_URL_FILE',
          'PRODUCTS_DATABASE_URL_FILE',
          'INVENTORY_DATABASE_URL_FILE',
          'BROKER_URL_FILE',
          'WEBHOOKS_SECRET_KEY_FILE',
        ],
        default: 'none',
        meaning:
          "a file with what the setting without `_FILE` would hold, so that a secret need not be in the environment. The line end after it doesn't count. Set one of the two. A file that every user of the machine may read works, with a warning at each start",
      },
      {
        names: ['KEYS_FILE'],
        default: 'none',
        meaning: 'a JSON file with more API keys: `{"keys": [{"name", "scopes", "sha256"}]}`',
      },
      {
        names: ['ANONYMOUS_SCOPES'],
        default: '`products:read inventory:read`',
        meaning: 'the scopes of a caller without an API key',
      },
    ],
  },
  {
    title: 'Addresses',
    settings: [
      {
        names: ['GATEWAY_PORT', 'PRODUCTS_PORT', 'INVENTORY_PORT'],
        default: '`8000`, `8001`, `8002`',
        meaning: 'the ports under `npm start`',
      },
      { names: ['HOST'], default: '`127.0.0.1`', meaning: 'the address to listen on' },
      {
        names: ['PORT'],
        default: '`8000`, `8001`, `8002`',
        meaning: 'the port of the gateway or a service that is started alone',
      },
      {
        names: ['PRODUCTS_BASE_URL', 'INVENTORY_BASE_URL'],
        default: '`http://127.0.0.1:8001`, `:8002`',
        meaning:
          'the addresses at which the services and the gateway reach each other. Each may be a list, separated by commas: the replicas of that service. Requests for one product go to one of them, those that fail are left out, and a read or a change with an `Idempotency-Key` is sent to another one when the first dies. On SQLite a database has one service, so there a list has one address',
      },
      {
        names: ['PRODUCTS_PUBLIC_URL', 'INVENTORY_PUBLIC_URL'],
        default: 'the base URLs, of a list the first',
        meaning: 'the start of every link in answers',
      },
      {
        names: ['ALLOWED_HOSTS'],
        default: 'none',
        meaning:
          "more names of the shop, such as `shop.example.com`, or `*` for any name. `localhost`, IP addresses, and the names in `HOST` and in the base and public URLs are always allowed. A request whose `Host` is another name is refused with 421, so that another site's name can't be pointed at the shop; `/health…` answers to every name",
      },
      {
        names: ['TRUST_PROXY'],
        default: 'none; for the services under `npm start` this machine',
        meaning:
          'the proxies whose `x-forwarded-…` headers are believed: how many there are, or their addresses. The services must believe the gateway, so that links lead to it. The gateway must believe a proxy that ends TLS in front of it, so that cookies are marked `Secure`, and so that each visitor has limits of their own: sign-ins, purchases, reservations and streams are limited by IP address. `true` believes everybody, so a visitor can claim any address',
      },
      {
        names: ['CORS_ORIGINS'],
        default: 'none',
        meaning:
          'origins whose pages may call the API, such as `http://localhost:5173`, or `*` for any',
      },
      {
        names: ['TLS_CERT_FILE', 'TLS_KEY_FILE', 'TLS_CA_FILE'],
        default: 'none',
        meaning:
          'a certificate, its key and the authorities of the others, as PEM files: the services serve `https` to clients with a certificate only, and the gateway calls them with its own. New files are used without a restart. See [docs/tls.md](tls.md)',
      },
      {
        names: ['TLS_ALLOWED_NAMES'],
        default: 'none',
        meaning:
          'with these files, the DNS names of the certificates whose requests a service takes, such as `gateway,inventory`',
      },
      {
        names: ['WEB_PORT'],
        default: '`5173`',
        meaning: 'the port of the web app under `npm run dev`',
      },
    ],
  },
  {
    title: 'Data',
    settings: [
      {
        names: ['DATA_DIR'],
        default: '`./data`',
        meaning: 'the folder that `npm start`, `npm run migrate` and `npm run verify` use',
      },
      {
        names: ['PRODUCTS_DATABASE_URL', 'INVENTORY_DATABASE_URL'],
        default: 'files in `DATA_DIR`',
        meaning:
          'the databases that these three commands use, if not in `DATA_DIR`: other files, or databases on PostgreSQL, as in `DATABASE_URL`. See [docs/postgresql.md](postgresql.md)',
      },
      {
        names: ['DATABASE_URL'],
        default: '`file:./data/products.db`, `file:./data/inventory.db`',
        meaning:
          'the database of a service that is started alone. Or one on PostgreSQL: `postgres://user:password@host:5432/database`, with several hosts `a:5432,b:5432` of which one takes writes, and `?sslmode=verify-full&sslrootcert=…` for TLS',
      },
      {
        names: ['REPLICAS'],
        default: '`1`',
        meaning:
          'how many replicas of Inventory `npm start` runs, up to 10, when Inventory is on PostgreSQL. The first listens on `INVENTORY_PORT`, the others on that port plus 10, plus 20, and so on',
      },
    ],
  },
  {
    title: 'Selling',
    settings: [
      {
        names: ['CURRENCY'],
        default: '`USD`',
        meaning: 'the currency of a new product that names none',
      },
      {
        names: ['PICTURES_MAX_MB'],
        default: '`2048`',
        meaning:
          'how much room all pictures of products may take together, in MiB; in the database they take a third more. One that no product shows is forgotten after a day',
      },
      {
        names: ['SHOP_TIME_ZONE'],
        default: '`UTC`',
        meaning:
          'the time zone in which the shop’s days begin, such as `Europe/Madrid`: sales are summed up by these days. Nothing is stored in it',
      },
      {
        names: ['HOLD_MAX_UNITS', 'HOLD_MAX_LINES', 'HOLD_MAX_ACTIVE', 'HOLD_MAX_MINUTES'],
        default: '`100`, `20`, `3`, `60`',
        meaning:
          'how many units, lines and live reservations one owner may hold in all, and how many minutes a reservation may last from its creation, extensions included. An owner is a shopper of the gateway or an API key; all callers without a key are one owner. The scope `inventory:write` has no limit. Through the gateway, all shoppers of one IP address together may reserve ten times as much within an hour',
      },
      {
        names: ['HTTP_TIMEOUT_SECONDS'],
        default: '`3`',
        meaning: 'how long one lookup of Inventory in Products may take, retries included',
      },
      {
        names: ['HTTP_MAX_RETRIES'],
        default: '`2`',
        meaning: 'how many retries a lookup may make',
      },
    ],
  },
  {
    title: 'Events and webhooks',
    settings: [
      {
        names: ['BROKER_URL'],
        default: 'none',
        meaning:
          'the RabbitMQ to which both services publish events, such as `amqp://user:password@broker:5672`, or several nodes of one with commas between them. Or a Redis, such as `redis://:password@broker:6379`. Without it events are lines on the console. See [docs/events.md](events.md)',
      },
      {
        names: ['BROKER_QUEUES'],
        default: 'none',
        meaning:
          'queues that the services declare on RabbitMQ, and the types of events that each gets: `warehouse=stock.*;mail=stock.low,purchase.completed`',
      },
      {
        names: ['BROKER_STREAM_LENGTH'],
        default: '`1000000`',
        meaning: 'how many entries a stream of Redis keeps at least',
      },
      {
        names: ['BROKER_CA_FILE'],
        default: 'none',
        meaning:
          "a file with the authority that signed the broker's certificate, for `amqps://` and `rediss://`",
      },
      {
        names: ['WEBHOOKS_SECRET_KEY'],
        default: 'made by `npm start`',
        meaning:
          "32 random bytes, as base64 or hexadecimal (`openssl rand -base64 32`), by which the services seal the secrets of webhooks in their databases. Without it a service works, but has no webhooks. With another one the webhooks that are there can't be signed until each has a new secret. See [docs/events.md](events.md)",
      },
      {
        names: ['WEBHOOKS_ALLOW_PRIVATE'],
        default: '`false`',
        meaning:
          '`true`: webhooks may go to `http` and to addresses of this machine and its network, for trying things out. Otherwise who may make webhooks could reach what only the services can',
      },
    ],
  },
  {
    title: 'Logs, figures and traces',
    settings: [
      {
        names: ['LOG_LEVEL'],
        default: '`info`',
        meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`',
      },
      {
        names: ['LOG_REQUESTS'],
        default: '`false`',
        meaning:
          '`true`: each request leaves a line in the log (at the level `info`), with its id, path, status and time. Otherwise only failures do. See [docs/observability.md](observability.md)',
      },
      {
        names: ['METRICS_PORT'],
        default: 'none',
        meaning:
          "the port on which each process tells its figures (`/metrics`) and its health, without a key. Under `npm start` it is the gateway's; Products has that plus 1, Inventory that plus 2, its further replicas that plus 12, plus 22, and so on. Without it `/metrics` is on the port of the process, for keys with the scope `admin`. See [docs/observability.md](observability.md)",
      },
      {
        names: ['METRICS_HOST'],
        default: '`127.0.0.1`',
        meaning:
          'the address of `METRICS_PORT`. Whoever reaches it needs no key: let only your Prometheus',
      },
      {
        names: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
        default: 'none',
        meaning:
          'where traces are sent by OTLP as JSON over HTTP, such as `http://127.0.0.1:4318`; `/v1/traces` is added. Without it there are none. See [docs/observability.md](observability.md#traces)',
      },
      {
        names: ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS_FILE'],
        default: 'none',
        meaning: 'headers that are sent with traces, such as `api-key=secret`; or a file with them',
      },
      {
        names: ['OTEL_TRACES_SAMPLER_ARG'],
        default: '`1`',
        meaning: 'the share of traces that are recorded, 0 to 1',
      },
      {
        names: ['OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES'],
        default: '`anaquel-products` and so on; none',
        meaning:
          'the name of a service that is started alone, and what else is said of it: `deployment.environment.name=shop,…`',
      },
    ],
  },
];
