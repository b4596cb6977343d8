import { SettingsError, StartupError } from '@anaquel/runtime';
import { verifyLedger } from '../services/inventory/src/service.ts';
import { envFile, readSettings } from './settings.ts';
import { readEnvironment } from './start/env-file.ts';

// npm run verify: replays the ledger and lists what disagrees. Exit code 1 when anything does.

try {
  const { services } = readSettings(readEnvironment(envFile, process.env));
  const report = await verifyLedger(services.inventory);
  const { position, movements, levels, purchases, disagreementCount, disagreements } = report;
  console.log(
    `Checked up to position ${position}: ${movements} movements, ${levels} levels, ${purchases} purchases.`,
  );
  for (const { rule, productId, expected, actual } of disagreements) {
    const product = productId === null ? '' : ` product ${productId}:`;
    console.log(`${rule}:${product} expected ${expected}, found ${actual}`);
  }
  const more = disagreementCount - disagreements.length;
  if (more > 0) console.log(`…and ${more} more.`);
  if (report.clean) console.log('Every unit is explained.');
  else {
    console.log(`${disagreementCount} disagreements.`);
    process.exitCode = 1;
  }
} catch (error) {
  const isExpected = error instanceof StartupError || error instanceof SettingsError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}
