import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyTextNormalizer } from '../src/http/body-texts.ts';
import { normalLine, normalNote, normalText, ONE_LINE } from '../src/texts.ts';

const oneLine = new RegExp(ONE_LINE);

describe('a line', () => {
  test.each([
    ['Cafe\u0301', 'Café'],
    ['  Mug \u00a0\u3000\t', 'Mug'],
    ['\ufeff\u200bMug\u2060\u00ad', 'Mug'],
    ['A  B', 'A  B'],
    // Characters that shape their neighbours stay: a joined family, a coloured heart, Persian
    // words, a flag.
    ['👨\u200d👩\u200d👧', '👨\u200d👩\u200d👧'],
    ['❤\ufe0f', '❤\ufe0f'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
    [
      '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
      '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    ],
    ['क्\u200dष', 'क्\u200dष'],
  ])('%j is kept as %j', (text, normal) => {
    expect(normalLine(text)).toBe(normal);
    expect(oneLine.test(normal)).toBe(true);
  });

  test.each([
    '',
    ' ',
    '\u200b\u200d',
    '\u2800\u2800',
    '\u3164',
    '\uffa0\u115f',
    '\u00ad',
    '\ufe0f',
    '\u0301\u0302',
    '\u{e0001}\u{e0100}',
    '\u{1d159}',
    '\u061c \u034f',
    '\u180e',
  ])('%j shows nothing', (text) => {
    expect(normalLine(text)).toBe('');
    expect(normalNote(text)).toBe('');
  });

  test.each([
    'a\nb',
    'a\u0000',
    'a\u0085b',
    'a\u2028b',
    'a\u202eb',
    'a\u2066b',
    'a\u200fb',
    'a\u200eb',
    'a\u061cb',
  ])('%j is none', (text) => {
    expect(oneLine.test(normalLine(text))).toBe(false);
  });
});

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

test('a normalized text stays as it is, and two encodings of one text become one', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      for (const normal of [normalLine, normalNote, normalText]) {
        expect(normal(normal(text))).toBe(normal(text));
        expect(normal(text.normalize('NFD'))).toBe(normal(text));
      }
    }),
    { numRuns: 1_000 },
  );
});

describe('the texts of a body', () => {
  const normalize = bodyTextNormalizer({
    type: 'object',
    properties: {
      data: {
        properties: {
          name: { type: 'string', maxLength: 5, 'x-text': 'line' },
          note: { type: ['string', 'null'], maxLength: 5, 'x-text': 'note' },
          id: { type: 'string' },
          tags: { type: 'array', maxItems: 2, items: { maxLength: 5, 'x-text': 'line' } },
        },
      },
    },
  });
  function normalized(data: unknown): unknown {
    const body = { data };
    normalize(body);
    return body.data;
  }

  test('are brought to their form where the schema says so, and nowhere else', () => {
    const odd = ' e\u0301 ';
    expect(normalized({ name: odd, note: odd, id: odd, more: odd, tags: [odd, 1, odd] })).toEqual({
      name: 'é',
      note: ' é ',
      id: odd,
      more: odd,
      tags: [odd, 1, odd],
    });
    expect(normalized({ name: 5, note: null, tags: [odd, null] })).toEqual({
      name: 5,
      note: null,
      tags: ['é', null],
    });
    expect(normalized({ note: '\u200b' })).toEqual({ note: '' });
    for (const other of [null, 'x', [], 7]) expect(normalized(other)).toEqual(other);
    for (const body of [null, undefined, 'x', [1]]) normalize(body);
  });

  test('stay as they are if they are too long in any form, and no member is added', () => {
    const marks = 'e' + '\u0301'.repeat(500_000);
    const long = { name: marks, tags: [marks] };
    expect(normalized({ ...long })).toEqual(long);
    expect(normalized({ name: `${' '.repeat(500_000)}e\u0301` })).toEqual({ name: 'é' });
    expect(normalized({})).toEqual({});
    expect(Object.keys(normalized(JSON.parse('{"__proto__":{"name":" a "}}')) as object)).toEqual([
      '__proto__',
    ]);
  });
});
