import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { projectFolder } from '../settings.ts';
import { readProjectFile } from './project-file.ts';

/** What a map of the project leads to: folders this deep, below each of these. */
const LEVELS = [/^[^/.]+(?=\/)/, /^(?:packages|services|tools|deploy|docs|e2e)\/[^/]+(?=\/)/];
const WEB_FOLDER = /^web\/(src\/[^/]+)(?=\/)/;

test('the map of ARCHITECTURE.md names each folder of the upper levels', () => {
  const [, map = ''] = /^## The map$([^]*?)^## /m.exec(readProjectFile('ARCHITECTURE.md')) ?? [];
  const files = execFileSync('git', ['ls-files'], { cwd: projectFolder, encoding: 'utf8' });
  const folders = files.split('\n').flatMap((file) => [
    ...LEVELS.map((level) => level.exec(file)?.[0]),
    // The row of the web app names its folders as it sees them.
    WEB_FOLDER.exec(file)?.[1],
  ]);
  const known = new Set(folders.filter((folder) => folder !== undefined));
  expect(known.size).toBeGreaterThan(50);
  const isNamed = (folder: string) => map.includes(`\`${folder}\``) || map.includes(`${folder}/`);
  expect([...known].filter((folder) => !isNamed(folder))).toEqual([]);
});
