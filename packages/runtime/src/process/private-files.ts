import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname, sep } from 'node:path';

/** What a shop keeps is its owner's alone. */
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const OWNER = 0o700;
const OTHERS = 0o077;

/**
 * Makes a folder and those above it that are missing, for its owner only. One that is there keeps
 * its mode.
 *
 * @throws the system's error when it can't be made, or files can't be made in it.
 */
export function makeWritableFolder(folder: string): void {
  // Level by level: below a folder that takes none, as in /proc, Node's recursive mkdir never
  // returns.
  const missing: string[] = [];
  for (let path = folder; !existsSync(path) && path !== dirname(path); path = dirname(path))
    missing.unshift(path);
  for (const path of missing) unless('EEXIST', () => mkdirSync(path, { mode: OWNER_ONLY_FOLDER }));
  // With the separator a file that is no folder is refused.
  accessSync(folder + sep, constants.W_OK | constants.X_OK);
}

/**
 * Makes an empty file that its owner alone may read, or takes the others' rights to one that is
 * there and is ours.
 *
 * @throws the system's error when it can't be made.
 */
export function makePrivate(path: string): void {
  // Only a file that is new is opened: closing one would let go of the locks that this process has
  // on it.
  if (!existsSync(path)) unless('EEXIST', () => closeSync(openSync(path, 'wx', OWNER_ONLY_FILE)));
  tighten(path);
}

/**
 * Takes the others' rights to a file that is ours; does nothing to one that is missing or
 * another's.
 */
export function tighten(path: string): void {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file || file.uid !== process.getuid?.() || (file.mode & OTHERS) === 0) return;
  unless('ENOENT', () => chmodSync(path, file.mode & OWNER));
}

/** Carries it out, or lets it fail with this code: another process was quicker. */
function unless(code: 'EEXIST' | 'ENOENT', change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === code)) throw error;
  }
}
