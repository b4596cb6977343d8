import {
  gatewayKeySettings,
  processNames,
  serviceNames,
  settingsOf,
  type ProcessName,
} from '../../services/manifest.ts';
import { readConfigOf } from '../service-configs.ts';
import { readSettings } from '../settings.ts';
import { readRecorder } from '../start/check-settings.ts';

const SECRET = 'a-secret-that-is-long-enough-for-all';
const secrets = Object.fromEntries(
  [
    ...serviceNames.map((name) => settingsOf(name).apiKey),
    ...Object.values(gatewayKeySettings),
    'OPERATOR_PASSWORD',
  ].map((name) => [name, SECRET]),
);

/** The names of all settings that a process looks at. */
export async function settingsReadBy(name: ProcessName): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const readConfig = await readConfigOf(name);
  readConfig(readRecorder(names, secrets), '/');
  return names;
}

/** Who looks at each setting: processes by their names, and the commands. */
export async function settingsReaders(): Promise<ReadonlyMap<string, readonly string[]>> {
  const readers = new Map<string, string[]>();
  const note = (names: ReadonlySet<string>, reader: string) => {
    for (const name of names) readers.set(name, [...(readers.get(name) ?? []), reader]);
  };
  for (const name of processNames) note(await settingsReadBy(name), name);
  const names = new Set<string>();
  readSettings(readRecorder(names, {}), { web: true });
  note(names, 'commands');
  return readers;
}
