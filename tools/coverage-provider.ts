import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import v8 from '@vitest/coverage-v8';

/** How long a process may take to write which code it ran. */
const WRITTEN_WITHIN_MS = 30_000;

type Provider = typeof v8;

const provider: Provider & { extendedContextCoverageDir?: string } = {
  ...v8,
  /** A process that a test has ended may still write when the next one reads: it is waited for. */
  async takeCoverage(...args: Parameters<NonNullable<Provider['takeCoverage']>>) {
    const folder = this.extendedContextCoverageDir;
    if (folder !== undefined && existsSync(folder)) await allWritten(folder);
    return v8.takeCoverage?.apply(this, args);
  },
};

// oxlint-disable-next-line import/no-default-export -- Vitest asks for it
export default provider;

async function allWritten(folder: string): Promise<void> {
  const deadline = performance.now() + WRITTEN_WITHIN_MS;
  for (const file of globSync('*.json', { cwd: folder }).map((name) => `${folder}/${name}`)) {
    while (!isWhole(file) && performance.now() < deadline) await delay(50);
    // It was killed while it wrote.
    if (!isWhole(file)) rmSync(file);
  }
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}
