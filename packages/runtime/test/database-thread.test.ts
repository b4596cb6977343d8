import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('a thread has a young generation of 8 MiB at most, whatever the process was given', () => {
  const program = join(import.meta.dirname, 'fixtures', 'young-generation.ts');
  const printed = execFileSync(process.execPath, ['--max-semi-space-size=16', program]);
  const sizes = JSON.parse(printed.toString()) as { process: number; thread: number };
  expect(sizes.thread).toBeLessThanOrEqual(8);
  expect(sizes.process).toBeGreaterThan(8);
});
