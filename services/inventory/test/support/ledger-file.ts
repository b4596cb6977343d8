import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteTemplate } from '@anaquel/runtime/sqlite-template';

export interface LedgerFile {
  readonly path: string;
  /** For DATABASE_URL. */
  readonly url: string;
  readonly folder: string;
  remove(): Promise<void>;
}

const writeLedger = createSqliteTemplate({
  service: 'inventory',
  folder: join(import.meta.dirname, '../../migrations/sqlite'),
  renew: 'UPDATE log SET id = lower(hex(randomblob(16)))',
});

/** A migrated database in a folder of its own. */
export async function createLedgerFile(): Promise<LedgerFile> {
  const folder = await mkdtemp(join(tmpdir(), 'anaquel-inventory-'));
  const path = join(folder, 'inventory.db');
  await writeLedger(path);
  return {
    path,
    url: `file:${path}`,
    folder,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
