import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWritableFolder, openSqlite, StartupError } from '@anaquel/runtime';
import { errorCode } from '../error-code.ts';
import { serviceNames } from '../settings.ts';
import type { ServiceName, Settings } from '../settings.ts';

/** Makes the folder when it is missing; throws a StartupError of one line when nothing can be written there. */
export function ensureWritableFolder(folder: string): void {
  try {
    makeWritableFolder(folder);
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

/** A row in it says that a shop was begun. Deleted products leave theirs. */
const FIRST_TABLES: Record<ServiceName, string> = { products: 'products', inventory: 'levels' };

/**
 * The demo catalogue becomes due when the databases hold no product and no stock, or don't exist yet. Call this before the
 * services run. With `empty` it is not loaded, now or as long as there are databases.
 */
export function openDemoMark(settings: Settings, { empty }: { empty: boolean }): DemoMark {
  const due = join(settings.dataFolder, 'demo-catalogue-is-due');
  const unwanted = join(settings.dataFolder, 'demo-catalogue-is-unwanted');
  const clear = (): void => rmSync(due, { force: true });
  const hasDatabases = serviceNames.some((name) =>
    existsSync(settings.services[name].database.path),
  );
  if (empty) {
    writeFileSync(unwanted, '');
    clear();
  } else {
    if (!hasDatabases) rmSync(unwanted, { force: true });
    if (!existsSync(unwanted) && isEmptyShop(settings)) writeFileSync(due, '');
  }
  return { isDue: existsSync(due), clear };
}

function isEmptyShop({ services }: Settings): boolean {
  return serviceNames.every((name) => isEmpty(services[name].database.path, FIRST_TABLES[name]));
}

function isEmpty(path: string, table: string): boolean {
  if (!existsSync(path)) return true;
  const database = openSqlite(path, { readOnly: true });
  try {
    const isThere = database.prepare(
      "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
    );
    if (isThere.get(table) === undefined) return true;
    return database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined;
  } finally {
    database.close();
  }
}
