import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach } from 'vitest';

/** Replicas of one service as processes of their own, which share a database. */
export interface ReplicaProcesses {
  /** As `PRODUCTS_BASE_URL` and `INVENTORY_BASE_URL` take them. */
  readonly baseUrls: string;
  urlOf(name: string): string;
  /** Makes it hang, with its port open, or lets it go on. */
  signal(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves once it is gone. */
  kill(name: string): Promise<void>;
  /** Starts one that was killed, at its old address. */
  restart(name: string): Promise<void>;
  /** The keys that were sold for; a request without a key has a number of its own. */
  soldKeys(): string[];
}

interface ReplicaProcess {
  readonly url: string;
  readonly child: ChildProcess;
}

const MAIN = join(import.meta.dirname, '../fixtures/replica.ts');
const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

export async function startReplicas(...names: string[]): Promise<ReplicaProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-replicas-'));
  const file = join(folder, 'sales.db');
  const replicas = new Map<string, ReplicaProcess>();
  cleanups.push(() => {
    for (const { child } of replicas.values()) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(name: string, port: string): Promise<void> {
    const child = fork(MAIN, [name, file, port], { execArgv: [] });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    replicas.set(name, { url, child });
  }
  const replicaOf = (name: string): ReplicaProcess => {
    const replica = replicas.get(name);
    if (replica === undefined) throw new Error(`There is no replica ${name}`);
    return replica;
  };
  // One after the other: the first makes the table.
  for (const name of names) await start(name, '0');

  return {
    baseUrls: names.map((name) => replicaOf(name).url).join(','),
    urlOf: (name) => replicaOf(name).url,
    signal: (name, signal) => void replicaOf(name).child.kill(signal),
    async kill(name) {
      const { child } = replicaOf(name);
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    restart: (name) => start(name, new URL(replicaOf(name).url).port),
    soldKeys() {
      const database = new DatabaseSync(file, { readOnly: true });
      const rows = database.prepare('SELECT key FROM sales').all();
      database.close();
      return rows.map(({ key }) => String(key));
    },
  };
}
