import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder } from '../settings.ts';
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

/** In pixels, of a laptop of 1440 by 900. */
const SCREEN = 900;
/** What GitHub's text is as wide as, and a letter of it on average. */
const LETTERS = 113;
const LINE = 24;

/** About as high as GitHub shows it; a browser that was asked differed by less than 4 %. */
function heightOf(markdown: string): number {
  const heights = markdown.split(/\n{2,}/).map((block) => {
    const lines = block.split('\n');
    if (block.startsWith('#')) return 68;
    if (block.startsWith('```')) return (lines.length - 2) * 20 + 48;
    if (block.startsWith('|')) return 16 + lines.toSpliced(1, 1).reduce(addRow, 0);
    return lines.reduce((sum, line) => sum + textLines(line, LETTERS) * LINE, 16);
  });
  return heights.reduce((sum, height) => sum + height, 0);
}

function addRow(sum: number, row: string): number {
  const pictures = [...row.matchAll(/src="([^"]+)"[^>]* width="(\d+)"/g)].map(
    ([, path = '', width]) => Number(width) * shapeOf(path),
  );
  // Cells share the width, as long as one is not wrapped for another's sake.
  const rows = textLines(row.replaceAll(/<img[^>]*>/g, ''), LETTERS - 9);
  return sum + 13 + Math.max(...pictures, rows * LINE);
}

function textLines(line: string, letters: number): number {
  return Math.max(1, Math.ceil(line.replaceAll(/\]\([^)]*\)|[*`|[]/g, '').length / letters));
}

/** Height by width of a PNG, whose header has both. https://www.w3.org/TR/png/#11IHDR */
function shapeOf(path: string): number {
  const file = openSync(join(projectFolder, path), 'r');
  const header = Buffer.alloc(24);
  readSync(file, header);
  closeSync(file);
  return header.readUInt32BE(20) / header.readUInt32BE(16);
}

test('README.md is at most five screens long, and so is README.es.md', () => {
  for (const text of [english, spanish]) {
    expect(heightOf(text)).toBeGreaterThan(3 * SCREEN);
    expect(heightOf(text)).toBeLessThanOrEqual(5 * SCREEN);
  }
});

test('the pictures of README.md are small', () => {
  const pictures = [...english.matchAll(/src="([^"]+)"/g)].map(([, path = '']) => path);
  expect(pictures).toHaveLength(3);
  for (const path of pictures)
    expect(statSync(join(projectFolder, path)).size).toBeLessThan(200_000);
});
