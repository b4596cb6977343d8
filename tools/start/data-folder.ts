import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@anaquel/runtime';
import { errorCode } from '../error-code.ts';
import type { Settings } from '../settings.ts';

/** Makes the folder when it is missing; throws a StartupError of one line when nothing can be written there. */
export function ensureWritableFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartupError(
      `The data folder ${folder} can't be written (${errorCode(error)}): set DATA_DIR to one that can.`,
    );
  }
}

/** Remembers on the disk that the demo catalogue is due, so that an interrupted start is made good by the next. */
export interface DemoMark {
  isDue: boolean;
  /** To be called when the demo catalogue is complete. */
  clear(): void;
}

/**
 * The demo catalogue becomes due when none of the databases exists yet. Call this before they are
 * made. With `empty` it is not loaded, now or later.
 */
export function openDemoMark(settings: Settings, { empty }: { empty: boolean }): DemoMark {
  const file = join(settings.dataFolder, 'demo-catalogue-is-due');
  const clear = (): void => rmSync(file, { force: true });
  const databases = Object.values(settings.services).map(({ database }) => database);
  const isFresh = databases.every(
    (database) => database.kind === 'sqlite' && !existsSync(database.path),
  );
  if (empty) clear();
  else if (isFresh) writeFileSync(file, '');
  return { isDue: existsSync(file), clear };
}
