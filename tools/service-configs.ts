import type { Environment } from '@anaquel/runtime';
import type { ProcessName } from '../services/manifest.ts';

/** Throws a SettingsError. Files are relative to `folder`. */
type ReadConfig = (environment: Environment, folder: string) => unknown;

/** Loaded when asked for: a command needs some or none. */
const CONFIGS: Readonly<Record<ProcessName, () => Promise<{ readConfig: ReadConfig }>>> = {
  products: () => import('../services/products/src/config.ts'),
  inventory: () => import('../services/inventory/src/config.ts'),
  gateway: () => import('../services/gateway/src/config.ts'),
};

/** How a service reads its settings. */
export async function readConfigOf(name: ProcessName): Promise<ReadConfig> {
  const { readConfig } = await CONFIGS[name]();
  return readConfig;
}
