import { SettingsError, StartupError } from '@anaquel/runtime';
import { databaseFile, envFile, readSettings } from './settings.ts';
import { readEnvironment } from './start/env-file.ts';
import { verifyLedger } from './verify-ledger.ts';

// npm run verify: replays the ledger and lists what disagrees. Exit code 1 when anything does.

try {
  const { services } = readSettings(readEnvironment(envFile, process.env));
  const { clean, lines } = await verifyLedger(databaseFile(services.inventory));
  for (const line of lines) console.log(line);
  if (!clean) process.exitCode = 1;
} catch (error) {
  const isExpected = error instanceof StartupError || error instanceof SettingsError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}
