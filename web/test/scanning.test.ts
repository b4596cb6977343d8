import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { corrected } from '../src/products/barcodes.ts';
import { createBurstReader } from '../src/scanning/key-burst.ts';
import { createRepeatGate } from '../src/scanning/repeat-gate.ts';
import { scannedCode, upcAOf } from '../src/scanning/scanned-text.ts';

const FNC1 = String.fromCodePoint(29);

describe('what a scanner reads', () => {
  test.each([
    ['4006381333931', '4006381333931'],
    ['036000291452', '0036000291452'],
    ['00036000291452', '0036000291452'],
    ['04006381333931', '4006381333931'],
    ['96385074', '96385074'],
    [']E04006381333931', '4006381333931'],
    [']C10104006381333931', '4006381333931'],
    [`${FNC1}010400638133393110LOT-7${FNC1}17271231`, '4006381333931'],
    ['(01)04006381333931(10)LOT-7', '4006381333931'],
    ['https://id.gs1.org/01/04006381333931/10/LOT-7?17=271231', '4006381333931'],
    ['https://example.com/p/01/4006381333931', '4006381333931'],
    // A case is another article than what is in it.
    ['14006381333938', '14006381333938'],
    // Codes of the shop's own stay as they are.
    ['0112', '0112'],
    ['SKU-1', 'SKU-1'],
    ['0104006381333930', '0104006381333930'],
    ['https://example.com/01/12345678', 'https://example.com/01/12345678'],
  ])('%j is the code %s', (text, code) => {
    expect(scannedCode(text)).toBe(code);
    expect(scannedCode(`  ${text}\n`)).toBe(code);
  });

  test('a UPC-E is the UPC-A that it is short for', () => {
    // Each of its forms, which the last digit but one says.
    const pairs = [
      ['01234505', '012000003455'],
      ['01234514', '012100003454'],
      ['04252614', '042100005264'],
      ['01234531', '012300000451'],
      ['01234543', '012340000053'],
      ['01234558', '012345000058'],
    ];
    for (const [short = '', long = ''] of pairs) expect(upcAOf(short)).toBe(long);
    expect(pairs.map(([, long = '']) => corrected(long))).toEqual(pairs.map(() => null));
    expect(upcAOf('96385074')).toBe('96385074');
  });
});

test('a code in sight counts once, and again after it was out of sight', () => {
  const isNew = createRepeatGate();
  const at = (code: string, ...times: number[]) => times.map((ms) => isNew(code, ms));
  expect(at('a', 0, 100, 900, 1_800)).toEqual([true, false, false, false]);
  expect(at('b', 1_900, 2_000)).toEqual([true, false]);
  expect(at('a', 2_100)).toEqual([true]);
  expect(at('a', 3_100, 3_200)).toEqual([true, false]);
});

describe('keys', () => {
  function codesOf(keys: readonly string[], everyMs: number): string[] {
    const read = createBurstReader();
    return keys.flatMap((key, at) => {
      const burst = read({ key, atMs: 1_000 + at * everyMs });
      return burst.kind === 'code' ? [burst.code] : [];
    });
  }

  test('that follow each other as fast as a scanner types are a code, and others never', () => {
    const texts = fc.string({ minLength: 4, maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 50 }), (text, everyMs) => {
        const keys = Array.from(text).flatMap((key) =>
          /[A-Z]/.test(key) ? ['Shift', key] : [key],
        );
        expect(codesOf([...keys, 'Enter'], everyMs / 2)).toEqual([text]);
        expect(codesOf([...keys, 'Enter'], 51 + everyMs)).toEqual([]);
      }),
    );
  });

  test('that were typed before a scan are no part of it', () => {
    const read = createBurstReader();
    const times = [0, 300, 700, 1_500, 1_510, 1_520, 1_530, 1_540];
    const bursts = Array.from('12 4006').map((key, at) => read({ key, atMs: times[at] ?? 0 }));
    const kinds = bursts.map(({ kind }) => kind).join(' ');
    expect(kinds).toBe('first first first first more more more');
    expect(read({ key: 'Enter', atMs: 1_540 })).toEqual({ kind: 'code', code: '4006' });
    expect(read({ key: 'Enter', atMs: 1_545 })).toEqual({ kind: 'none' });
  });
});
