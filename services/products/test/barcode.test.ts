import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalBarcode, checkDigit, isGtin, readBarcodes } from '../src/domain/barcode.ts';

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`));
const length = fc.constantFrom(8, 12, 13, 14);
const gtin = length
  .chain((total) => digits(total - 1))
  .map((body) => `${body}${checkDigit(`${body}0`)}`);

describe('a GTIN', () => {
  test.each(['96385074', '036000291452', '4006381333931', '10614141000415', '9783161484100'])(
    '%s has the right check digit',
    (code) => {
      expect(readBarcodes([code])).toMatchObject({ ok: true });
    },
  );

  test('has one form, however its number is padded', () => {
    fc.assert(
      fc.property(gtin, (code) => {
        const canonical = canonicalBarcode(code);
        expect(isGtin(canonical)).toBe(true);
        expect(canonicalBarcode(canonical)).toBe(canonical);
        for (const total of [12, 13, 14])
          expect(canonicalBarcode(code.padStart(total, '0'))).toBe(canonical);
        expect(canonical.padStart(14, '0')).toBe(code.padStart(14, '0'));
      }),
    );
  });

  test('with any one digit changed is refused', () => {
    fc.assert(
      fc.property(gtin, fc.nat(13), fc.integer({ min: 1, max: 9 }), (code, at, more) => {
        const place = at % code.length;
        const digit = String((Number(code[place]) + more) % 10);
        const wrong = code.slice(0, place) + digit + code.slice(place + 1);
        expect(readBarcodes([wrong])).toMatchObject({
          ok: false,
          error: { type: 'wrong-check-digit', place: 0 },
        });
      }),
    );
  });

  test('that is wrong is told with the right digit, as it was written', () => {
    expect(readBarcodes(['X', '036000 291459'])).toEqual({
      ok: false,
      error: { type: 'wrong-check-digit', place: 1, corrected: '036000 291452' },
    });
  });
});

test('digits have no blanks between them, other texts keep theirs', () => {
  expect(canonicalBarcode('036000 291452')).toBe('0036000291452');
  expect(canonicalBarcode('12 34')).toBe('1234');
  expect(canonicalBarcode('A 12 34')).toBe('A 12 34');
});

test('a list has each barcode once, in whichever form', () => {
  expect(readBarcodes(['A', '036000291452', '0036000291452'])).toEqual({
    ok: false,
    error: { type: 'barcode-repeated', place: 2 },
  });
});
