import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** A disk of a few megabytes that a test can fill. */
export interface SmallDisk {
  /** The path of the database on it. */
  readonly path: string;
  /** The command that runs another command with this disk. */
  readonly launcher: readonly string[];
  /** More environment variables for that command. */
  readonly env: Readonly<Record<string, string>>;
  /** @param pid of the process that runs with this disk */
  fill(pid: number): Promise<void>;
  makeRoom(pid: number): Promise<void>;
  /** The content of a file on it. */
  read(pid: number, path: string): string;
  remove(): Promise<void>;
}

/**
 * A small disk with a copy of this database. It is a real file system where one can be mounted, in
 * a namespace that ends with its process; elsewhere SQLite is told that its file may not grow.
 */
export async function createSmallDisk(database: string): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'anaquel-small-disk-'));
  const path = join(folder, basename(database));
  const base = { path, remove: () => rm(folder, { recursive: true, force: true }) };
  const launcher = mountingLauncher(database, folder);
  if (launcher) return { ...base, ...fileSystem(folder, launcher) };
  await copyFile(database, path);
  return { ...base, ...limitedDatabase(folder) };
}

function mountingLauncher(database: string, folder: string): string[] | null {
  if (process.platform !== 'linux') return null;
  const script = 'mount -t tmpfs -o size=24m none "$1" && cp "$0" "$1" && shift && exec "$@"';
  for (const options of [['-m'], ['-r', '-m']]) {
    const args = [...options, 'sh', '-c', script, database, folder];
    if (spawnSync('unshare', [...args, 'true']).status === 0) return ['unshare', ...args];
  }
  return null;
}

function fileSystem(folder: string, launcher: readonly string[]) {
  // The process alone sees the mount; others see it through the process.
  const ballast = (pid: number): string => join(`/proc/${pid}/root`, folder, 'ballast');
  return {
    launcher,
    env: {},
    async fill(pid: number) {
      const file = await open(ballast(pid), 'w');
      try {
        for (;;) await file.write(Buffer.alloc(4_096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
    },
    makeRoom: (pid: number) => rm(ballast(pid)),
    read: (pid: number, path: string) => readFileSync(`/proc/${pid}/root${path}`, 'utf8'),
  };
}

function limitedDatabase(folder: string) {
  const flag = join(folder, 'full');
  const hook = new URL('full-database.ts', import.meta.url).href;
  return {
    launcher: [],
    env: { NODE_OPTIONS: `--import=${hook}`, FULL_WHILE_THERE_IS: flag },
    fill: () => writeFile(flag, ''),
    makeRoom: () => rm(flag),
    read: (_pid: number, path: string) => readFileSync(path, 'utf8'),
  };
}
