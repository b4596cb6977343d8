import { chmodSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@anaquel/runtime';
import { gatewayKeySettings, serviceNames, settingsOf } from '../../services/manifest.ts';
import { errorCode } from '../error-code.ts';
import { randomKey, randomPassword, randomSealingKey } from '../start/env-file.ts';

/** The secrets of a shop by their settings. */
export const secretMakers: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(serviceNames.map((name) => [settingsOf(name).apiKey, randomKey])),
  ...Object.fromEntries(Object.values(gatewayKeySettings).map((name) => [name, randomKey])),
  OPERATOR_PASSWORD: randomPassword,
  WEBHOOKS_SECRET_KEY: randomSealingKey,
};

/** The user that the images run as. */
const USER_ID = 1000;
/** The containers' user, and the group of whoever made the folder. */
const OWNERS_READ = 0o440;
/** What the containers of others read, as users of their own; nobody else gets at the folder. */
const ALL_READ = 0o444;
const OWNER_ONLY_FOLDER = 0o700;

/** `PRODUCTS_API_KEY` is in a file `products-api-key`. */
export function secretFileOf(setting: string): string {
  return setting.toLowerCase().replaceAll('_', '-');
}

/**
 * Makes a file for each secret that has none. The containers' user may read it, and the group of
 * the folder. Prints the password that it makes, once, as the first npm start does. With `scale`
 * it makes those of compose.scale.yaml, too.
 */
export async function makeSecrets([folder, extent, ...rest]: readonly string[]): Promise<void> {
  if (folder === undefined || rest.length > 0 || (extent ?? 'scale') !== 'scale')
    throw new StartupError('make-secrets <folder> [scale]');
  const keep = keeperOf(folder);
  try {
    if (process.getuid?.() === 0) chmodSync(folder, OWNER_ONLY_FOLDER);
    for (const [setting, make] of Object.entries(secretMakers)) {
      const { secret, isNew } = keep(secretFileOf(setting), OWNERS_READ, make);
      if (isNew && setting === 'OPERATOR_PASSWORD')
        console.log(`Operators sign in with: ${secret}`);
    }
    if (extent === 'scale') keepSecretsOfScale(keep);
  } catch (error) {
    throw new StartupError(`Secrets cannot be written into ${folder} (${errorCode(error)}).`);
  }
  console.log('Every secret has its file.');
}

/** Returns what a file holds, which it makes when there is none. */
type Keep = (
  name: string,
  mode: number,
  make: () => string,
) => { readonly secret: string; readonly isNew: boolean };

function keeperOf(folder: string): Keep {
  return (name, mode, make) => {
    const path = join(folder, name);
    if (existsSync(path)) return { secret: readFileSync(path, 'utf8').trim(), isNew: false };
    const secret = make();
    writeFileSync(path, `${secret}\n`, { mode, flag: 'wx' });
    if (process.getuid?.() === 0) chownSync(path, USER_ID, statSync(folder).gid);
    return { secret, isNew: true };
  };
}

/** The passwords of what compose.scale.yaml adds, and the addresses that have them in. */
function keepSecretsOfScale(keep: Keep): void {
  const database = keep('database-password', ALL_READ, randomKey).secret;
  for (const service of serviceNames)
    keep(
      `${service}-database-url`,
      OWNERS_READ,
      () => `postgres://anaquel:${database}@db1,db2,db3/anaquel_${service}`,
    );
  const broker = 'amqp://anaquel:';
  const { secret: url } = keep(
    'broker-url',
    OWNERS_READ,
    () => `${broker}${randomKey()}@rabbitmq:5672`,
  );
  const password = url.slice(broker.length, url.lastIndexOf('@'));
  keep('rabbitmq-user', ALL_READ, () => `default_user = anaquel\ndefault_pass = ${password}`);
  const { secret, isNew } = keep('grafana-password', ALL_READ, randomPassword);
  if (isNew) console.log(`Grafana's admin signs in with: ${secret}`);
}
