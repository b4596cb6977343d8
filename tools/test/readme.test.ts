import { expect, test } from 'vitest';
import { readProjectFile } from './project-file.ts';

const [english, spanish] = ['README.md', 'README.es.md'].map(readProjectFile) as [string, string];

test('README.es.md has the sections of README.md, and as many rows in each table', () => {
  const shape = (text: string) =>
    text
      .split('\n')
      .filter((line) => /^(?:#|\|)/.test(line))
      .map((line) => (line.startsWith('#') ? line.replaceAll(/[^#]/g, '') : '|'));
  expect(shape(spanish)).toEqual(shape(english));
});

test('README.es.md has the commands of README.md, and leads to the same places', () => {
  const commands = (text: string) =>
    [...text.matchAll(/^\| `((?:npm|docker)[^`]*)`|^```\w[^]*?^```$/gm)].map(([block, row]) =>
      // Comments are in the language of the page.
      (row ?? block).replaceAll(/ +#.*/g, ''),
    );
  expect(commands(english).length).toBeGreaterThan(10);
  expect(commands(spanish)).toEqual(commands(english));
  const places = (text: string) =>
    new Set([...text.matchAll(/(?:\]\(|src=")([^)"]+)/g)].map(([, place]) => place));
  const both = places(english).union(places(spanish));
  expect([...both.difference(places(spanish))]).toEqual(['README.es.md']);
  expect([...both.difference(places(english))]).toEqual(['README.md']);
});
