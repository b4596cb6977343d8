import { restore } from './backup/restore.ts';
import { runBackupCommand } from './backup/run-command.ts';
import { verifyLedger } from './verify-ledger.ts';

// npm run restore -- <folder>: puts the databases of a backup where the settings want them, and
// replays the ledger. Exit code 1 when it can't, or the ledger doesn't add up.

await runBackupCommand('restore', async (folder, settings) => {
  for (const path of await restore(folder, settings)) console.log(`Restored ${path}`);
  console.log(
    'The logs have new ids: who follows their events begins again at the first position. Now run npm start.',
  );
  return verifyLedger(settings.services.inventory.database);
});
