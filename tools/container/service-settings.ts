import { fileSettingOf, type Environment } from '@anaquel/runtime';
import { settingsOf, type ServiceName } from '../../services/manifest.ts';
import { readSettings, type Settings } from '../settings.ts';

/** The settings of the commands, read from the environment of one service. */
export function readServiceSettings(service: ServiceName, environment: Environment): Settings {
  const { DATABASE_URL, [fileSettingOf('DATABASE_URL')]: file, PORT: _, ...rest } = environment;
  const setting = settingsOf(service).databaseUrl;
  return readSettings({ ...rest, [setting]: DATABASE_URL, [fileSettingOf(setting)]: file });
}
