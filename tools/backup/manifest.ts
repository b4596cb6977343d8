import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StartupError } from '@anaquel/runtime';
import type { DatabaseKind } from '@anaquel/runtime/sql';
import { serviceNames, type ServiceName } from '../../services/manifest.ts';

const NAME = 'manifest.json';
/** Backups of format 1 have files of SQLite alone, and say nothing of ids. */
const FORMAT = 2;

/** One file of a backup. */
export interface BackupFile {
  readonly service: ServiceName;
  /** How it is to be read: a copy of a SQLite database, or an archive of pg_dump. */
  readonly kind: DatabaseKind;
  /** Of the products that it knows, or has given ids to. */
  readonly highestProduct?: number;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a backup has. It is written last: a folder without it is no whole backup. */
export interface BackupManifest {
  readonly format: number;
  /** RFC 3339, UTC. */
  readonly madeAt: string;
  readonly files: readonly BackupFile[];
}

/** Makes the file durable under its name, or leaves none. */
export function writeManifest(folder: string, files: readonly BackupFile[]): void {
  const manifest: BackupManifest = { format: FORMAT, madeAt: new Date().toISOString(), files };
  const draft = join(folder, `${NAME}.new`);
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, join(folder, NAME));
  syncFile(folder);
}

/** @throws StartupError when the folder is no whole backup that this code can read. */
export function readManifest(folder: string): BackupManifest {
  let text: string;
  try {
    text = readFileSync(join(folder, NAME), 'utf8');
  } catch {
    throw new StartupError(`${folder} is no whole backup: it has no ${NAME}.`);
  }
  const manifest = parse(text);
  if (manifest === null || !(manifest.format >= 1 && manifest.format <= FORMAT))
    throw new StartupError(`${join(folder, NAME)} is of another release: restore with that one.`);
  const missing = serviceNames.filter(
    (name) => !manifest.files.some(({ service }) => service === name),
  );
  if (missing.length > 0)
    throw new StartupError(`The backup in ${folder} lacks ${missing.join(' and ')}.`);
  return manifest;
}

function parse(text: string): BackupManifest | null {
  try {
    return JSON.parse(text) as BackupManifest;
  } catch {
    return null;
  }
}

/** The SHA-256 of a file, in hexadecimal digits. */
export async function digestOf(path: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex');
}

/** Waits until a file, or the entries of a folder, are on the disk. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
