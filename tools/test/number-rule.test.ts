import { globSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';

const projectFolder = resolve(import.meta.dirname, '../..');

test('no two decisions, and no two migrations of one database, have the same number', () => {
  const paths = globSync(['docs/decisions/*.md', 'services/*/migrations/*/*.ts'], {
    cwd: projectFolder,
  });
  expect(paths.length).toBeGreaterThan(50);
  const sameNumber = Map.groupBy(paths, (path) => `${dirname(path)}/${basename(path).slice(0, 4)}`);
  expect([...sameNumber.values()].filter(({ length }) => length > 1)).toEqual([]);
});
