import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/**
 * Makes a folder and those above it that are missing.
 *
 * @throws the system's error when it can't be made, or files can't be made in it.
 */
export function makeWritableFolder(folder: string): void {
  // Level by level: below a folder that takes none, as in /proc, Node's recursive mkdir never returns.
  const missing: string[] = [];
  for (let path = folder; !existsSync(path) && path !== dirname(path); path = dirname(path))
    missing.unshift(path);
  for (const path of missing) makeFolder(path);
  // With the separator a file that is no folder is refused.
  accessSync(folder + sep, constants.W_OK | constants.X_OK);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was quicker.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
