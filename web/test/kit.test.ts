import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const source = resolve(import.meta.dirname, '../src');

function importsOf(pattern: string): { file: string; specifier: string }[] {
  return globSync(pattern, { cwd: source }).flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/\bfrom '([^']+)'/g)].map(
      ([, specifier = '']) => ({ file, specifier }),
    ),
  );
}

test('only the kit imports reka-ui', () => {
  const files = importsOf('**/*.{vue,ts}').filter(({ specifier }) => specifier === 'reka-ui');
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter(({ file }) => !file.startsWith('ui/'))).toEqual([]);
});

test('the kit knows nothing of the app: it imports nothing of it but itself', () => {
  const imports = importsOf('ui/*.{vue,ts}');
  expect(imports.filter(({ specifier }) => specifier.startsWith('..'))).toEqual([]);
});

test('no component of the kit has more than 120 lines', () => {
  for (const file of globSync('ui/*.vue', { cwd: source }))
    expect([file, readFileSync(join(source, file), 'utf8').split('\n').length]).toEqual([
      file,
      expect.toSatisfy((lines: number) => lines <= 120),
    ]);
});
