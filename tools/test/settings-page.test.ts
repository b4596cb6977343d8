import { expect, test } from 'vitest';
import { settingTexts } from '../settings-page/setting-texts.ts';
import { settingsPage } from '../settings-page/settings-page.ts';
import { settingsReaders } from '../settings-page/settings-readers.ts';
import { readProjectFile } from './project-file.ts';

const described = settingTexts.flatMap(({ settings }) => settings.flatMap(({ names }) => names));

test('docs/settings.md has each setting that something reads, and no other', async () => {
  const read = [...(await settingsReaders()).keys()];
  expect(read.filter((name) => !described.includes(name))).toEqual([]);
  expect(described.filter((name) => !read.includes(name))).toEqual([]);
  expect(described).toEqual([...new Set(described)]);
});

test('docs/settings.md is made of the code: npm run settings', async () => {
  expect(readProjectFile('docs/settings.md')).toBe(settingsPage(await settingsReaders()));
});
