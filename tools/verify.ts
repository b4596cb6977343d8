import { SettingsError, StartupError } from '@anaquel/runtime';
import { envFile, readSettings } from './settings.ts';
import { readEnvironment } from './start/env-file.ts';
import { verifyLedger } from './verify-ledger.ts';
import { assertReachable } from './with-postgres.ts';

// npm run verify: replays the ledger and lists what disagrees. Exit code 1 when anything does.

try {
  const { services } = readSettings(readEnvironment(envFile, process.env));
  await assertReachable('inventory', services.inventory);
  const { clean, lines } = await verifyLedger(services.inventory.database);
  for (const line of lines) console.log(line);
  if (!clean) process.exitCode = 1;
} catch (error) {
  const isExpected = error instanceof StartupError || error instanceof SettingsError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}
