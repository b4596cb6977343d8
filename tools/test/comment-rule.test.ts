import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { checkComments } from '../comment-rule.ts';

const projectFolder = resolve(import.meta.dirname, '../..');

test('no comment of this project is wider than 100 columns', () => {
  const paths = globSync(
    ['**/*.{ts,cjs,mjs,js,vue,css,yaml,yml}', '**/Dockerfile', '.ci/run', '.github/**/*.yml'],
    {
      cwd: projectFolder,
      exclude: (name) => ['node_modules', 'dist', 'data', 'coverage'].includes(name),
    },
  );
  expect(paths.length).toBeGreaterThan(500);
  const breaches = paths.flatMap((path) =>
    checkComments({ path, text: readFileSync(join(projectFolder, path), 'utf8') }),
  );
  expect(breaches).toEqual([]);
});

const words = (columns: number) =>
  'word '
    .repeat(columns)
    .slice(0, columns - 1)
    .trimEnd() + '.';

test.each([
  `// ${words(98)}`,
  `  /** ${words(97)} */`,
  `   * ${words(97)}`,
  `# ${words(99)}`,
  `/* ${words(99)} */`,
  `<!-- ${words(99)} -->`,
  `const level = 1; // ${words(90)}`,
])('%s is too wide', (line) => {
  expect(checkComments({ path: 'a.ts', text: `\n${line}\n` })).toEqual([
    `a.ts:2 has ${line.length} columns: wrap comments at 100.`,
  ]);
});

test.each([
  `// ${words(97)}`,
  `// https://example.com/${'a'.repeat(100)}`,
  ` * https://example.com/${'a'.repeat(100)}`,
  `const text = '${'word '.repeat(30)}';`,
  `const address = 'https://example.com/${'a'.repeat(100)}';`,
])('%s is not', (line) => {
  expect(checkComments({ path: 'a.ts', text: line })).toEqual([]);
});
