import { join } from 'node:path';
import type { ProcessName, ServiceName } from '../../services/manifest.ts';
import { migrateUp } from '../open-migrations.ts';
import { readConfigOf } from '../service-configs.ts';
import { projectFolder, readSettings } from '../settings.ts';

interface Request {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  payload?: object;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  json(): unknown;
}

export interface Service {
  app: {
    listen(options: { host: string; port: number }): Promise<string>;
    ready(): PromiseLike<unknown>;
    /** Its OpenAPI document. */
    openApiDocument(): Promise<{ paths?: object; info?: { description?: string } }>;
    inject(request: Request): Promise<Answer>;
  };
  close(): Promise<void>;
}

/** What a test puts in the place of the real thing. */
interface Overrides {
  readonly clock?: () => Date;
  /** False leaves reservations that ran out for the next change of their levels. */
  readonly sweeps?: boolean;
  readonly publisher?: {
    readonly name: string;
    publish(events: readonly { readonly id: string; readonly source: string }[]): Promise<void>;
  };
  readonly logStream?: { write(line: string): void };
}

interface ServiceModule {
  createService(config: unknown, overrides: Overrides): Promise<Service>;
}

export const KEY = 'key-of-services';

/**
 * A service in this process, on a fresh database in `folder`. `more` are further settings.
 */
export async function startService(
  name: ServiceName,
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const settings = readSettings({ DATA_DIR: folder }).services[name];
  await migrateUp(name, settings);
  return startServiceOn(settings.databaseUrl, name, folder, more);
}

/** The same on a database that is ready for it. */
export function startServiceOn(
  databaseUrl: string,
  name: ServiceName,
  folder: string,
  more: Readonly<Record<string, string>> = {},
  overrides: Overrides = {},
): Promise<Service> {
  const keys = { PRODUCTS_API_KEY: KEY, INVENTORY_API_KEY: KEY };
  return start(name, folder, { DATABASE_URL: databaseUrl, ...keys, ...more }, overrides);
}

/** The gateway in this process, to services that don't run unless `more` says where. */
export function startGateway(
  folder: string,
  more: Readonly<Record<string, string>> = {},
  overrides: Overrides = {},
): Promise<Service> {
  const settings = {
    STOREFRONT_API_KEY: `storefront-${KEY}`,
    OPERATOR_API_KEY: `operator-${KEY}`,
    OPERATOR_PASSWORD: 'password-of-operators',
    ...more,
  };
  return start('gateway', folder, settings, overrides);
}

async function start(
  name: ProcessName,
  folder: string,
  env: Readonly<Record<string, string>>,
  overrides: Overrides = {},
): Promise<Service> {
  const readConfig = await readConfigOf(name);
  const path = join(projectFolder, 'services', name, 'src', 'service.ts');
  const { createService }: ServiceModule = await import(path);
  const service = await createService(
    readConfig({ LOG_LEVEL: 'silent', ...env }, folder),
    overrides,
  );
  await service.app.ready();
  return service;
}
