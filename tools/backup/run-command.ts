import { resolve } from 'node:path';
import { SettingsError, StartupError } from '@anaquel/runtime';
import { envFile, readSettings, type Settings } from '../settings.ts';
import { readEnvironment } from '../start/env-file.ts';
import type { Verdict } from '../verify-ledger.ts';

/** Runs the command with the folder that it is called with, and prints what it finds. */
export async function runBackupCommand(
  name: 'backup' | 'restore',
  work: (folder: string, settings: Settings) => Promise<Verdict>,
): Promise<void> {
  const [folder, ...others] = process.argv.slice(2);
  try {
    if (folder === undefined || others.length > 0)
      throw new StartupError(`npm run ${name} -- <folder of the backup>`);
    const settings = readSettings(readEnvironment(envFile, process.env));
    if (settings.notes.DATABASE_URL) console.log(settings.notes.DATABASE_URL);
    const { clean, lines } = await work(resolve(folder), settings);
    for (const line of lines) console.log(line);
    if (!clean) process.exitCode = 1;
  } catch (error) {
    const isExpected = error instanceof StartupError || error instanceof SettingsError;
    console.error(isExpected ? error.message : error);
    process.exitCode = 1;
  }
}
