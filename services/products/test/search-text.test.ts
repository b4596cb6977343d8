import fc from 'fast-check';
import { times } from '@anaquel/runtime/soak-counts';
import { describe, expect, test } from 'vitest';
import {
  certainParts,
  folded,
  nameKey,
  searchText,
  searchWords,
  TEXT_FORM,
} from '../src/domain/search-text.ts';

/** Whether a product of this name is found. */
function finds(search: string, name: string): boolean {
  const text = searchText({ name, sku: null, description: null, tags: [], barcodes: [] });
  return searchWords(search).every((word) => text.includes(word));
}

describe('a search', () => {
  test.each([
    ['strasse', 'Straße'],
    ['STRASSE', 'Straße'],
    ['straße', 'Strasse'],
    ['lodz', 'Łódź'],
    ['ol', 'Øl'],
    ['øl', 'Øl'],
    ['aether', 'Æther'],
    ['oeuvre', 'Œuvre'],
    ["levi's", 'Levi’s'],
    ['levi’s', "Levi's"],
    ['levis', 'Levi’s'],
    ['levi´s', 'Leviʼs'],
    ['loreal', 'L’Oréal'],
    ['cafe - bar', 'Café – Bar'],
    ['cafe – bar', 'Cafe - Bar'],
    ['cafe, bar.', 'Café Bar'],
    ['"café" (bar)', 'Cafe Bar'],
    ['t-shirt', 'T‑Shirt'],
    ['cafe\u0301', 'Café'],
    ['dong', 'Đồng'],
    ['thor', 'Þór'],
    ['istanbul', 'İstanbul'],
    ['diyarbakir', 'Diyarbakır'],
    ['efi', 'E\uFB01'],
    ['mug 350', 'ＭＵＧ ３５０'],
    ['m2', '5 m²'],
    ['30x40', '30×40'],
    ['1/2', '½ l'],
    ['microwave', 'Micro\u00ADwave'],
    ['colleccio', 'Col·lecció'],
    ['ελλαδα', 'Ελλάδα'],
    ['ΟΔΟΣ', 'οδός'],
    ['οδοσ', 'Οδός'],
    ['елка', 'Ёлка'],
    ['замок', 'За\u0301мок'],
    ['かﾞ', 'が'],
    ['ガム', 'ｶﾞﾑ'],
    ['☕', 'Kaffee ☕\uFE0F'],
  ])('for %s finds %s', (search, name) => {
    expect(finds(search, name)).toBe(true);
  });

  test.each([
    ['か', 'が'],
    ['はん', 'ぱん'],
    ['कि', 'की'],
    ['가', '각'],
    ['กา', 'ก่า'],
    ['כּ', 'כ'],
    ['بُ', 'ب'],
    ['и', 'й'],
    ['чаи', 'чай'],
    ['укратна', 'україна'],
    ['ol', 'Ö l'],
  ])('for %s does not find %s: only Latin, Greek and Cyrillic lose marks', (search, name) => {
    expect(finds(search, name)).toBe(false);
  });

  test('looks for the first eight different words', () => {
    expect(searchWords('a B c a d – e f, g h i j')).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
      'g',
      'h',
    ]);
  });

  test('treats punctuation as words only if there are no others', () => {
    expect(searchWords('- & salt , + ’ pepper')).toEqual(['salt', 'pepper']);
    expect(searchWords('– %')).toEqual(['-', '%']);
    expect(searchWords(' ’ \u200b ')).toEqual([]);
  });

  test('ignores punctuation around a word, in every language', () => {
    expect(searchWords('¿mañana? ¡Sí! ‹café›')).toEqual(['manana', 'si', 'cafe']);
    expect(searchWords('「お茶」、 【新】。 قهوة؟')).toEqual(['お茶', '新', 'قهوة']);
    expect(searchWords('.net #1 50% c++')).toEqual(['.net', '#1', '50%', 'c++']);
  });
});

test('names that differ in case, accents and special letters are sorted side by side', () => {
  const sorted = (names: string[]) =>
    names.toSorted((a, b) => (nameKey(a) < nameKey(b) ? -1 : Number(nameKey(a) > nameKey(b))));
  expect(sorted(['Zebra', 'Straße 2', 'Łódź', 'Strasse 1', 'Ålesund', 'alamo', 'Álamo'])).toEqual([
    'alamo',
    'Álamo',
    'Ålesund',
    'Łódź',
    'Strasse 1',
    'Straße 2',
    'Zebra',
  ]);
  expect(sorted(['Øm', 'Olive', 'Lodge', 'Łódź'])).toEqual(['Lodge', 'Łódź', 'Olive', 'Øm']);
  expect(sorted(['Лиса', 'Йод', 'Ива'])).toEqual(['Ива', 'Йод', 'Лиса']);
  expect(nameKey('Álamo')).toBe(nameKey(' ALAMO '));
  expect(nameKey('Straße')).toBe(nameKey('strasse'));
});

test('a key is short, however its characters decompose', () => {
  expect(Array.from(nameKey('\uFDFA'.repeat(200)))).toHaveLength(200);
  expect(nameKey('😀'.repeat(300)).isWellFormed()).toBe(true);
});

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        ...Array.from(
          "aéßøŁµ'’´-–ςΣСйЁиіге\u0301\u0306\u0308\u0338\u200d\u200cかカﾞ゙가ㄱ=<漢ﬁ½·l ½İ",
        ),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

test('a text with very many marks is folded in bounded time', () => {
  const marks = '\u0301\u0323'.repeat(100_000);
  expect(folded(`e${marks}x`)).toBe('ex');
  expect(Array.from(folded(`か${marks}`))).toHaveLength(31);
});

test('folding is idempotent', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(folded(folded(text))).toBe(folded(text));
      expect(folded(text.normalize('NFD'))).toBe(folded(text.normalize('NFC')));
    }),
    { numRuns: times({ test: 200, soak: 20_000 }) },
  );
});

test('the certain part of a search text is in every text that contains it', () => {
  fc.assert(
    fc.property(anyText, anyText, anyText, (before, part, after) => {
      const whole = folded(before + part + after);
      for (const certain of certainParts(part)) expect(whole).toContain(certain);
    }),
    { numRuns: times({ test: 200, soak: 20_000 }) },
  );
});

test('a product is found by its own name, in any case and encoding', () => {
  fc.assert(
    fc.property(anyText, (name) => {
      for (const search of [name, name.normalize('NFD'), folded(name)])
        expect([search, finds(search, name)]).toEqual([search, true]);
    }),
    { numRuns: times({ test: 100, soak: 10_000 }) },
  );
});

test('texts have the form of TEXT_FORM: raise it when this fails, and record the new texts here', () => {
  const product = {
    name: ' Straße  Łódź ½ ',
    sku: 'MUG-350',
    description: 'Ｆor “cafe\u0301”.\nL’Oréal',
    tags: ['Ελλάδα', 'Ёлка'],
    barcodes: ['0036000291452', 'Código 1'],
  };
  expect([TEXT_FORM, nameKey(product.name), searchText(product).split('\n')]).toEqual([
    2,
    'strasse lodz 1/2',
    [
      ' strasse  lodz 1/2 ',
      'mug-350',
      'for "cafe".',
      'loreal',
      'ελλαδα',
      'елка',
      '00036000291452',
      'codigo 1',
    ],
  ]);
});
