import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The processes that work in a folder or below it. Patroni starts PostgreSQL as no child of its
 * own, so that nothing but the folder tells what belongs to a machine.
 */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const place = readLink(`/proc/${entry}/cwd`);
    return place === folder || place.startsWith(`${folder}/`) ? [Number(entry)] : [];
  });
}

/** Empty for what has ended, or is another user's. */
export function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Signals all of them, those too that they start meanwhile. */
export function signalAll(folder: string, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  const done = new Set<number>();
  for (;;) {
    const more = processesIn(folder).filter((pid) => !done.has(pid));
    if (more.length === 0) return;
    for (const pid of more) {
      done.add(pid);
      sendSignal(pid, signal);
    }
  }
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

const GONE_MS = 30_000;

/** Kills all of them; resolves when none is left. */
export async function killAll(folder: string): Promise<void> {
  signalAll(folder, 'SIGKILL');
  for (const deadline = performance.now() + GONE_MS; processesIn(folder).length > 0;) {
    if (performance.now() > deadline) throw new Error(`Processes in ${folder} do not end`);
    await delay(10);
  }
}
