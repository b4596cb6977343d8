import fc from 'fast-check';
import { times } from '@anaquel/runtime/soak-counts';
import { describe, expect, test } from 'vitest';
import { folded } from '../src/domain/search-text.ts';
import { endingsOf, keysOf, lastEndingOf, wordsOf } from '../src/domain/search-words.ts';

/** Whether the table of words leads from a part to the text. */
function leadsTo(text: string, part: string): boolean {
  const endings = [...wordsOf(text)].flatMap(endingsOf);
  return keysOf(part).every((key) => endings.some((ending) => ending.startsWith(key)));
}

const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 90 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 90 }) },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.constantFrom(...Array.from('ab😀お、.,(-7%𝒳\u{10ffff} \n')), { maxLength: 120 })
      .map((characters) => characters.join('')),
  },
);

test('any part of a text leads to the text', () => {
  fc.assert(
    fc.property(anyText.map(folded), fc.nat(), fc.nat(), (text, from, length) => {
      const characters = Array.from(text);
      const start = characters.length === 0 ? 0 : from % characters.length;
      const part = characters.slice(start, start + (length % 70) + 1).join('');
      expect(leadsTo(text, part)).toBe(true);
    }),
    { numRuns: times({ test: 300, soak: 30_000 }) },
  );
});

test('a key is found between itself and the last ending that can begin with it', () => {
  const bytes = (text: string) => Buffer.from(text, 'utf8');
  const short = anyText.map((text) => Array.from(text.toWellFormed()).slice(0, 16).join(''));
  fc.assert(
    fc.property(short, short, (key, other) => {
      for (const ending of [
        other,
        Array.from(key + other)
          .slice(0, 16)
          .join(''),
      ]) {
        const isBetween =
          bytes(ending).compare(bytes(key)) >= 0 &&
          bytes(ending).compare(bytes(lastEndingOf(key))) <= 0;
        expect(isBetween).toBe(ending.startsWith(key));
      }
    }),
    { numRuns: times({ test: 200, soak: 20_000 }) },
  );
});

describe('words', () => {
  test('stand between white space, each once, without punctuation around them', () => {
    expect([...wordsOf('cup, (cup)\n.net c++ 50%\n sku-12\t"')]).toEqual([
      'cup',
      '.net',
      'c++',
      '50%',
      'sku-12',
    ]);
    expect(keysOf('cup,')).toEqual(['cup']);
    expect(keysOf('?')).toEqual([]);
  });

  test('have as many endings as characters, of sixteen characters at most', () => {
    expect(endingsOf('cup')).toEqual(['cup', 'up', 'p']);
    expect(endingsOf('𝒳😀')).toEqual(['𝒳😀', '😀']);
    expect(endingsOf('abcdefghijklmnopqrst')[0]).toBe('abcdefghijklmnop');
  });

  test('that are long are there in pieces, with no more endings than characters', () => {
    const text = Array.from({ length: 5_000 }, (_, index) => String.fromCodePoint(0x4e00 + index));
    const words = [...wordsOf(text.join(''))];
    expect(words).toHaveLength(312);
    expect(words.flatMap(endingsOf)).toHaveLength(5_000);
    expect(wordsOf('x'.repeat(5_000)).size).toBe(2);
  });

  test('that are long are looked up by all of their characters', () => {
    const keys = keysOf('warehouse-eu-000-000-000-123');
    expect(keys).toEqual(['-000-000-000-123', 'warehouse-eu-000']);
  });
});

test('the tables have this form: when it changes, a migration has to empty them', () => {
  const text = 'straße 12, x-1\nabcdefghijklmnopqrstuvwxyz0123456789';
  expect([...wordsOf(text)].map((word) => [word, endingsOf(word).length])).toEqual([
    ['straße', 6],
    ['12', 2],
    ['x-1', 3],
    ['abcdefghijklmnopqrstuvwxyz01234', 16],
    ['qrstuvwxyz0123456789', 20],
  ]);
});
