import { join } from 'node:path';
import { backUp } from './backup/back-up.ts';
import { runBackupCommand } from './backup/run-command.ts';
import { verifyLedger } from './verify-ledger.ts';

// npm run backup -- <folder>: copies both databases of a shop that may go on selling, and replays
// the ledger of the copy; of a database on PostgreSQL its own. Exit code 1 when there is no copy,
// or the ledger doesn't add up.

await runBackupCommand('backup', async (folder, settings) => {
  const files = await backUp(folder, settings);
  const lines = files.map(({ service, name, bytes }) => `${service}: ${name}, ${bytes} bytes`);
  console.log([`Backed up into ${folder}:`, ...lines].join('\n'));
  const { database } = settings.services.inventory;
  return verifyLedger(
    database.kind === 'sqlite' ? { kind: 'sqlite', path: join(folder, 'inventory.db') } : database,
  );
});
