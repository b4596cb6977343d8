import { join } from 'node:path';
import type { Environment } from '@anaquel/runtime';
import type { ProcessName } from '../services/manifest.ts';
import { projectFolder } from './settings.ts';

/** Throws a SettingsError. Files are relative to `folder`. */
type ReadConfig = (environment: Environment, folder: string) => unknown;

/** How a service reads its settings: each has a config.ts that exports `readConfig`. */
export async function readConfigOf(name: ProcessName): Promise<ReadConfig> {
  const path = join(projectFolder, 'services', name, 'src', 'config.ts');
  const { readConfig }: { readConfig: ReadConfig } = await import(path);
  return readConfig;
}
