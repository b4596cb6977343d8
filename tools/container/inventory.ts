import { verifyLedger } from '../verify-ledger.ts';
import { assertReachable } from '../with-postgres.ts';
import { assertNoWords, runCommand } from './run-command.ts';
import { serviceCommands } from './service-commands.ts';
import { readServiceSettings } from './service-settings.ts';

await runCommand('inventory', { ...serviceCommands('inventory'), verify });

/** Replays the ledger. Exit code 1 when anything disagrees. */
async function verify(words: readonly string[]): Promise<void> {
  assertNoWords(words);
  const { inventory } = readServiceSettings('inventory', process.env).services;
  await assertReachable('inventory', inventory);
  const { clean, lines } = await verifyLedger(inventory.database);
  for (const line of lines) console.log(line);
  if (!clean) process.exitCode = 1;
}
