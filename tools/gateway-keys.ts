import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makePrivate, StartupError } from '@anaquel/runtime';
import type { Environment } from '@anaquel/runtime';
import { errorCode } from './error-code.ts';
import { projectFolder } from './settings.ts';
import type { ServiceName } from './settings.ts';

/** Settings that hold the gateway's keys, by the name that each has with the services. */
export const gatewayKeyNames = {
  storefront: 'STOREFRONT_API_KEY',
  operator: 'OPERATOR_API_KEY',
} as const;

type KeyName = keyof typeof gatewayKeyNames;

/**
 * What the gateway's keys may do. `internal` lets it say on whose behalf it asks, which Inventory
 * alone needs to know.
 */
const SCOPES: Record<ServiceName, Record<KeyName, string>> = {
  products: {
    storefront: 'products:read',
    operator: 'products:read products:write admin',
  },
  inventory: {
    storefront: 'inventory:read purchases:write internal',
    operator: 'inventory:read inventory:write purchases:read purchases:write admin internal',
  },
};

interface KeyEntry {
  name: string;
  scopes: string[];
  sha256: string;
}

/**
 * Writes a keys file for each service into `folder`, which only its owner may read: what the user's
 * own KEYS_FILE holds, and the digests of the gateway's keys unless they are in it. A KEYS_FILE
 * that can't be read is left to the services, which say why.
 */
export function writeKeysFiles(
  folder: string,
  environment: Environment,
): Record<ServiceName, string> {
  const file = environment['KEYS_FILE'] && resolve(projectFolder, environment['KEYS_FILE']);
  const own = file ? readKeys(file) : [];
  const pathOf = (service: ServiceName): string => {
    if (own === null) return file ?? '';
    const path = join(folder, `${service}-keys.json`);
    writeKeysFile(path, service, environment, own);
    return path;
  };
  return { products: pathOf('products'), inventory: pathOf('inventory') };
}

/** The same for one service, at a path of choice. */
export function writeKeysFile(
  path: string,
  service: ServiceName,
  environment: Environment,
  own: readonly unknown[] = [],
): void {
  const made = gatewayKeys(service, environment).filter(
    (key) => !own.some((other) => isSameKey(other, key)),
  );
  try {
    // Before anything is in it: one that was there keeps its mode.
    makePrivate(path);
    writeFileSync(path, `${JSON.stringify({ keys: [...own, ...made] }, null, 2)}\n`);
  } catch (error) {
    throw new StartupError(`Cannot write ${path} (${errorCode(error)}).`);
  }
}

function gatewayKeys(service: ServiceName, environment: Environment): KeyEntry[] {
  return (Object.keys(gatewayKeyNames) as KeyName[]).map((name) => ({
    name,
    scopes: SCOPES[service][name].split(' '),
    sha256: hash('sha256', environment[gatewayKeyNames[name]] ?? ''),
  }));
}

/** The keys in a file, or null when it is no keys file. */
function readKeys(file: string): unknown[] | null {
  try {
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const keys = typeof document === 'object' && document !== null && 'keys' in document;
    return keys && Array.isArray(document.keys) ? document.keys : null;
  } catch {
    return null;
  }
}

function isSameKey(other: unknown, { name, sha256 }: KeyEntry): boolean {
  if (typeof other !== 'object' || other === null) return false;
  if ('name' in other && other.name === name) return true;
  return 'sha256' in other && String(other.sha256).toLowerCase() === sha256;
}
