import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWritableFolder, StartupError } from '@anaquel/runtime';
import { tryLock } from '@anaquel/runtime/sql';
import type { FileLock } from '@anaquel/runtime/sql';
import { errorCode } from '../error-code.ts';
import type { DatabaseStates } from './database-state.ts';

const LOCK = 'npm-start.lock';

/**
 * Makes the folder when it is missing, and keeps other starts out of it until the lock is released:
 * two would write one another's keys files. Throws a StartupError of one line when another start
 * has it, or nothing can be written there.
 */
export function lockDataFolder(folder: string): FileLock {
  let lock: FileLock | null;
  try {
    makeWritableFolder(folder);
    lock = tryLock(join(folder, LOCK));
  } catch (error) {
    throw new StartupError(
      `The data folder ${folder} can't be written (${errorCode(error)}): set DATA_DIR to one that can.`,
    );
  }
  if (lock) return lock;
  throw new StartupError(
    `The shop in ${folder} runs already: stop that npm start first, or set DATA_DIR to another folder.`,
  );
}

/** Whether another start has it now. */
export function isDataFolderLocked(folder: string): boolean {
  const path = join(folder, LOCK);
  if (!existsSync(path)) return false;
  try {
    const lock = tryLock(path);
    lock?.release();
    return lock === null;
  } catch {
    return false;
  }
}

/**
 * Remembers on the disk that the demo catalogue is due, so that an interrupted start is made good
 * by the next.
 */
export interface DemoMark {
  isDue: boolean;
  /** To be called when the demo catalogue is complete. */
  clear(): void;
}

/**
 * The demo catalogue becomes due when no database holds a shop. Call this before the services run.
 * With `empty` it is not loaded, now or as long as there are databases.
 */
export function openDemoMark(
  dataFolder: string,
  states: DatabaseStates,
  { empty }: { empty: boolean },
): DemoMark {
  const due = join(dataFolder, 'demo-catalogue-is-due');
  const unwanted = join(dataFolder, 'demo-catalogue-is-unwanted');
  const all = Object.values(states);
  const clear = (): void => rmSync(due, { force: true });
  if (empty) {
    writeFileSync(unwanted, '');
    clear();
  } else {
    if (all.every((state) => state === 'missing')) rmSync(unwanted, { force: true });
    if (!existsSync(unwanted) && !all.includes('begun')) writeFileSync(due, '');
  }
  return { isDue: existsSync(due), clear };
}
