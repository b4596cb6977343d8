import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makePrivate, StartupError } from '@anaquel/runtime';
import type { Environment } from '@anaquel/runtime';
import { errorCode } from './error-code.ts';
import {
  gatewayKeySettings,
  mapServices,
  services,
  type GatewayKey,
  type ServiceName,
} from '../services/manifest.ts';
import { projectFolder, readSecret } from './settings.ts';

interface KeyEntry {
  name: string;
  scopes: readonly string[];
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
  return mapServices(pathOf);
}

/**
 * The same for one service in a container, at a path of choice.
 * @throws StartupError when there is a KEYS_FILE and it holds no keys, or the path takes no file.
 */
export function writeGatewayKeys(
  service: ServiceName,
  path: string,
  environment: Environment,
): void {
  const file = environment['KEYS_FILE'];
  const own = file ? readKeys(resolve(projectFolder, file)) : [];
  if (own === null)
    throw new StartupError(
      'KEYS_FILE must name a file that holds {"keys": [{"name", "scopes", "sha256"}]}.',
    );
  writeKeysFile(path, service, environment, own);
}

function writeKeysFile(
  path: string,
  service: ServiceName,
  environment: Environment,
  own: readonly unknown[],
): void {
  const newKeys = gatewayKeys(service, environment).filter(
    (key) => !own.some((other) => isSameKey(other, key)),
  );
  try {
    // Before anything is in it: one that was there keeps its mode.
    makePrivate(path);
    writeFileSync(path, `${JSON.stringify({ keys: [...own, ...newKeys] }, null, 2)}\n`);
  } catch (error) {
    throw new StartupError(`Cannot write ${path} (${errorCode(error)}).`);
  }
}

function gatewayKeys(service: ServiceName, environment: Environment): KeyEntry[] {
  const { gatewayKeys: granted } = services[service];
  return (Object.keys(gatewayKeySettings) as GatewayKey[]).map((name) => ({
    name,
    scopes: granted[name],
    sha256: hash('sha256', readSecret(environment, gatewayKeySettings[name])),
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
