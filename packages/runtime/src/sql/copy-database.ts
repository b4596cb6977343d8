import { backup, DatabaseSync } from 'node:sqlite';
import { makePrivate } from '../process/private-files.ts';
import { openSqlite } from './sqlite.ts';

/** More than a database has: with fewer in a step, a backup begins again after each commit. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies the database at `path`, as it is at one moment, into a new file that its owner alone may
 * read. It may be written meanwhile. The copy is one file, whatever reads it.
 *
 * @throws StartupError when there is none; SQLite's error when the copy can't be written.
 */
export async function copyDatabase(path: string, copy: string): Promise<void> {
  const database = openSqlite(path, { readOnly: true });
  try {
    makePrivate(copy);
    await backup(database, copy, { rate: ALL_PAGES });
  } finally {
    database.close();
  }
  closeLog(copy);
}

/** Out of WAL mode, in which whoever reads a database leaves two more files beside it. */
function closeLog(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode=DELETE');
  } finally {
    database.close();
  }
}
