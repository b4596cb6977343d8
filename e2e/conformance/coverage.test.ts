import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The item numbers at the start of this folder's test titles, each with its files. */
function numbersInTitles(): Map<number, Set<string>> {
  const files = new Map<number, Set<string>>();
  for (const file of readdirSync(import.meta.dirname)) {
    if (!file.endsWith('.test.ts')) continue;
    const text = readFileSync(join(import.meta.dirname, file), 'utf8');
    for (const [, title = ''] of text.matchAll(/\(\s*['`"](\d+(?:, \d+)*): /g)) {
      for (const number of title.split(', ').map(Number))
        files.set(number, (files.get(number) ?? new Set()).add(file));
    }
  }
  return files;
}

test('each of the 110 items has a test', () => {
  const numbers = [...numbersInTitles().keys()].toSorted((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 110 }, (_, index) => index + 1));
});

test('docs/jsonapi.md names the test files of each item', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/jsonapi.md'), 'utf8');
  const filesByNumber = new Map(
    [...text.matchAll(/^\| (\d+) \|.*\| ([^|]*) \|$/gm)].map(
      ([, number, files = '']) => [Number(number), files.match(/[\w-]+\.test\.ts/g)] as const,
    ),
  );
  for (const [number, files] of numbersInTitles())
    expect([number, filesByNumber.get(number)?.toSorted()]).toEqual([
      number,
      [...files].toSorted(),
    ]);
  expect(filesByNumber.size).toBe(110);
});
