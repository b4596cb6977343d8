import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scope } from '@anaquel/runtime';

export const MASTER_KEY = 'key-of-inventory';

/** The API keys of the tests; each key is its own name. */
const KEYS = {
  buyer: ['purchases:write'],
  'other-buyer': ['purchases:write'],
  reader: ['purchases:read'],
  clerk: ['inventory:read', 'inventory:write'],
  gateway: ['internal', 'purchases:write'],
  auditor: ['admin'],
  'webhook-reader': ['webhooks:read'],
  'webhook-writer': ['webhooks:read', 'webhooks:write'],
  nothing: [],
} satisfies Record<string, readonly Scope[]>;

export type KeyName = 'master' | 'anonymous' | 'wrong' | keyof typeof KEYS;

export type Settings = Record<string, string>;

/** The environment of a service with this database and this Products. */
export function environment(
  databaseUrl: string,
  products: { baseUrl: string; key: string },
): Settings {
  return {
    PORT: '0',
    DATABASE_URL: databaseUrl,
    INVENTORY_API_KEY: MASTER_KEY,
    PRODUCTS_API_KEY: products.key,
    PRODUCTS_BASE_URL: products.baseUrl,
    INVENTORY_BASE_URL: 'http://inventory.test',
    PRODUCTS_PUBLIC_URL: 'http://products.test',
    LOG_LEVEL: 'silent',
    // A Products that answers late because the machine is busy has not failed. Tests of one that
    // hangs set a time budget of their own.
    HTTP_TIMEOUT_SECONDS: '20',
    HTTP_MAX_RETRIES: '1',
  };
}

/** The path of a file with the keys of the tests, in this folder. */
export async function writeKeysFile(folder: string): Promise<string> {
  const path = join(folder, 'keys.json');
  const keys = Object.entries(KEYS).map(([name, scopes]) => ({
    name,
    scopes,
    sha256: hash('sha256', name),
  }));
  await writeFile(path, JSON.stringify({ keys }));
  return path;
}

export function headersOf(as: KeyName): Record<string, string> {
  return as === 'anonymous' ? {} : { 'x-api-key': as === 'master' ? MASTER_KEY : as };
}
