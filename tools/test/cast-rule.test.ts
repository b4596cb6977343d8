import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { checkCasts } from '../cast-rule.ts';

const projectFolder = resolve(import.meta.dirname, '../..');

test('no service casts a value to whatever is wanted', () => {
  const paths = globSync('services/*/src/**/*.ts', { cwd: projectFolder });
  expect(paths.length).toBeGreaterThan(150);
  const breaches = paths.flatMap((path) =>
    checkCasts({ path, text: readFileSync(join(projectFolder, path), 'utf8') }),
  );
  expect(breaches).toEqual([]);
});

test.each([
  ['run: (input) => store(input as never),', 'as never'],
  ['const body = request.body as unknown as NewPurchase;', 'as unknown as'],
  ['const { giftNote } = (attributes as any);', 'as any'],
  ['const handler = { run } as\n  unknown as Handler;', 'as unknown as'],
])('%j is refused', (code, cast) => {
  const [breach, ...others] = checkCasts({ path: 'a.ts', text: `// first\n${code}\n` });
  expect(others).toEqual([]);
  expect(breach).toContain(`a.ts:2 has "${cast}": declare the type where the value comes from`);
});

test.each([
  'const rows = JSON.parse(text) as unknown;',
  "const kinds = ['sale', 'count'] as const;",
  'const id = row[0] as number;',
  '// It was sold as never before.',
  '/** The same as any other, as unknown as they are. */',
  "const detail = 'as good as never';",
])('%j is not', (code) => {
  expect(checkCasts({ path: 'a.ts', text: code })).toEqual([]);
});
