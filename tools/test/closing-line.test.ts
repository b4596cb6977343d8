import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const projectFolder = resolve(import.meta.dirname, '../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'closing-line-'));
  mkdirSync(join(folder, 'tools', 'test'), { recursive: true });
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs made-up tests with this project's configuration. */
function runTests(
  text: string,
  environment: Record<string, string> = {},
): Promise<{ failed: boolean; lines: string[] }> {
  writeFileSync(
    join(folder, 'tools', 'test', 'sample.test.ts'),
    `import { beforeAll, expect, test } from 'vitest';\n${text}`,
  );
  const args = [
    join(projectFolder, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--root',
    folder,
    '--config',
    join(projectFolder, 'vitest.config.ts'),
  ];
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...environment };
  return new Promise((resolve_) => {
    execFile(process.execPath, args, { cwd: folder, env }, (error, stdout) =>
      resolve_({ failed: error !== null, lines: stdout.trimEnd().split('\n') }),
    );
  });
}

const passing = `test('one', () => expect(1).toBe(1)); test('two', () => expect(1).toBe(1));`;
const skipped = `test.skip('three', () => expect(1).toBe(1));`;

test('the last line counts what passed and failed', async () => {
  const { failed, lines } = await runTests(`${passing} test('three', () => expect(1).toBe(2));`);
  expect(lines.at(-1)).toBe('2 passed, 1 failed');
  expect(failed).toBe(true);
});

test('skipped tests are counted, and fail a CI run by name', async () => {
  const here = await runTests(passing + skipped);
  expect(here.lines.at(-1)).toBe('2 passed, 0 failed, 1 skipped');
  expect(here.failed).toBe(false);
  const onCi = await runTests(passing + skipped, { CI: 'true' });
  expect(onCi.lines.slice(-3)).toEqual([
    'Skipped, which a CI run does not allow:',
    '  tools/test/sample.test.ts > three',
    '2 passed, 0 failed, 1 skipped',
  ]);
  expect(onCi.failed).toBe(true);
});

test('what keeps tests from running counts as failed', async () => {
  const hook = await runTests(`beforeAll(() => { throw new Error('no'); }); ${passing}`);
  expect(hook.lines.at(-1)).toMatch(/^0 passed, 1 failed/);
  expect(hook.failed).toBe(true);
  const file = await runTests(`throw new Error('broken file');`);
  expect(file.lines.at(-1)).toBe('0 passed, 1 failed');
  expect(file.failed).toBe(true);
});
