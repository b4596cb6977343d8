import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { beforeAll, describe, expect, test } from 'vitest';
import { barSymbolOf, symbolOf, type BarSymbol } from '../src/labels/bar-symbol.ts';
import { labelFormats, labelsAPage, placeAt, placeUnder } from '../src/labels/label-formats.ts';
import {
  areBarsFitting,
  barRectangles,
  isRightToLeft,
  layOutLabel,
  type MeasureText,
} from '../src/labels/label-layout.ts';
import { millimetresIn } from '../src/labels/millimetres.ts';
import { createPdf, pdfText } from '../src/labels/pdf-file.ts';
import { pageCount, placeLabels } from '../src/labels/place-labels.ts';
import { cutText, wrapText } from '../src/labels/wrap-text.ts';
import { scannedCode } from '../src/scanning/scanned-text.ts';

/** About as wide as letters are. */
const measure: MeasureText = (text, { size }) => text.length * size * 0.55;
const EAN_13 = '4006381333931';

describe.each(labelFormats.map((format) => [format.id, format] as const))('%s', (_id, format) => {
  const places = Array.from({ length: labelsAPage(format) }, (_, place) => placeAt(format, place));
  const { width, height, pageWidth, pageHeight } = format;

  test('has its labels in the middle of the page, beside one another', () => {
    const right = Math.max(...places.map(({ x }) => x)) + width;
    const bottom = Math.max(...places.map(({ y }) => y)) + height;
    expect(pageWidth - right).toBeCloseTo(format.left, 1);
    expect(pageHeight - bottom).toBeCloseTo(format.top, 1);
    const overlaps = places.flatMap((one, at) =>
      places.slice(at + 1).filter(({ x, y }) => {
        const apart = { x: Math.abs(x - one.x), y: Math.abs(y - one.y) };
        return apart.x < width - 0.01 && apart.y < height - 0.01;
      }),
    );
    expect(overlaps).toEqual([]);
    for (const [at, { x, y }] of places.entries())
      expect(placeUnder(format, { x: x + width / 2, y: y + height / 2 })).toBe(at);
  });

  test('has room for two lines, the price and bars that a scanner reads', () => {
    const symbol = barSymbolOf(EAN_13);
    const name = 'A rather long name that takes more than the two lines '.repeat(3);
    const content = { name, price: 'US$1,234,567.89', sku: 'SKU-1'.repeat(12), symbol };
    const { texts, bars } = layOutLabel(content, format, measure);
    for (const { x, baseline, width: wide, font } of texts) {
      expect(x).toBeGreaterThanOrEqual(2);
      expect(x + wide).toBeLessThanOrEqual(width - 2 + 1e-9);
      expect(baseline - font.size).toBeGreaterThanOrEqual(1.49);
      expect(baseline).toBeLessThanOrEqual(height - 1.5);
    }
    expect(texts.map(({ text }) => text).at(-1)).toBe(EAN_13);
    expect(texts[1]?.text.endsWith('…')).toBe(true);
    const { moduleWidth = 0, x = 0, height: high = 0 } = bars ?? {};
    const dots = (moduleWidth * format.dotsPerInch) / 25.4;
    expect(dots).toBeCloseTo(Math.round(dots), 6);
    expect(moduleWidth).toBeGreaterThanOrEqual(0.25);
    expect(high).toBeGreaterThanOrEqual(5);
    expect(x - 11 * moduleWidth).toBeGreaterThanOrEqual(2 - 1e-9);
    expect(x + (95 + 7) * moduleWidth).toBeLessThanOrEqual(width - 2 + 1e-9);
  });
});

test('labels begin where the sheet is free, and go on on the next page', () => {
  const [format] = labelFormats;
  const content = { name: 'Cup', price: '$1', sku: null, symbol: null };
  const other = { ...content, name: 'Jug' };
  const labels = [
    { content, copies: 3 },
    { content: other, copies: 2 },
  ];
  const shift = { x: 1, y: -2 };
  const placed = [...placeLabels({ format, labels, first: 21, shift })];
  expect(placed.map(({ content: { name }, page, at }) => [name, page, at.x, at.y])).toEqual([
    ['Cup', 0, 1, 257.5],
    ['Cup', 0, 71, 257.5],
    ['Cup', 0, 141, 257.5],
    ['Jug', 1, 1, -1.5],
    ['Jug', 1, 71, -1.5],
  ]);
  expect([0, 1, 3, 4, 27, 28].map((count) => pageCount(format, 21, count))).toEqual([
    0, 1, 1, 2, 2, 3,
  ]);
});

describe('bars', () => {
  beforeAll(async () => {
    const path = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
    const wasmBinary = new Uint8Array(readFileSync(path)).buffer;
    await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  });

  /** What a reader that is not ours sees in bars of so many pixels a module. */
  async function readingOf({ modules, quiet }: BarSymbol, pixels = 3) {
    const width = (quiet.left + modules.length + quiet.right) * pixels;
    const row = new Uint8ClampedArray(width * 4).fill(255);
    for (const [at, bit] of Array.from(modules).entries())
      if (bit === '1')
        row.fill(0, (quiet.left + at) * pixels * 4, (quiet.left + at + 1) * pixels * 4);
    for (let alpha = 3; alpha < row.length; alpha += 4) row[alpha] = 255;
    const height = 60;
    const data = new Uint8ClampedArray(row.length * height);
    for (let y = 0; y < height; y += 1) data.set(row, y * row.length);
    const image = { data, width, height, colorSpace: 'srgb' } as ImageData;
    const [found] = await readBarcodes(image, { maxNumberOfSymbols: 1, textMode: 'Plain' });
    return found && [found.format, found.text];
  }

  test.each([
    [EAN_13, 'EAN-13', 'EAN13', EAN_13, EAN_13],
    ['96385074', 'EAN-8', 'EAN8', '96385074', '96385074'],
    ['614141007349', 'UPC-A', 'EAN13', '0614141007349', '614141007349'],
    ['0614141007349', 'UPC-A', 'EAN13', '0614141007349', '614141007349'],
    ['14006381333938', 'GS1-128', 'Code128', '0114006381333938', '(01)14006381333938'],
    // Its check digit is wrong, so it is no GTIN.
    ['4006381333930', 'Code 128', 'Code128', '4006381333930', '4006381333930'],
    ['CUP-0042', 'Code 128', 'Code128', 'CUP-0042', 'CUP-0042'],
    ['42', 'Code 128', 'Code128', '42', '42'],
  ])('of %s are those of a %s', async (code, kind, format, text, shown) => {
    const symbol = barSymbolOf(code)!;
    expect([symbol.kind, symbol.text]).toEqual([kind, shown]);
    expect(await readingOf(symbol)).toEqual([format, text]);
    // The app itself finds the product by what is read.
    expect(scannedCode(text)).toBe(scannedCode(code));
  });

  test('of any visible ASCII say what it is', async () => {
    const digitsAndMore = fc.array(
      fc.oneof(fc.string({ minLength: 1, maxLength: 4 }), fc.stringMatching(/^\d{1,9}$/)),
      { minLength: 1, maxLength: 5 },
    );
    const codes = digitsAndMore.map((parts) => parts.join('').slice(0, 64));
    await fc.assert(
      fc.asyncProperty(codes, async (code) => {
        fc.pre(code.trim() === code && barSymbolOf(code)?.kind === 'Code 128');
        expect(await readingOf(barSymbolOf(code)!)).toEqual(['Code128', code]);
      }),
      { numRuns: 60 },
    );
  });

  test('are of the first barcode that has some, or else of the SKU', () => {
    const of = (barcodes: string[], sku: string | null) => symbolOf({ barcodes, sku })?.text;
    expect(of([EAN_13, '96385074'], 'SKU-1')).toBe(EAN_13);
    expect(of(['ñandú', 'CUP-1'], 'SKU-1')).toBe('CUP-1');
    expect(of([], 'SKU-1')).toBe('SKU-1');
    expect(of(['ñandú'], null)).toBeUndefined();
  });

  test('that are too long for a label are left out of it', () => {
    const symbol = barSymbolOf('X'.repeat(64))!;
    const fitting = labelFormats.filter((format) => areBarsFitting(symbol, format));
    expect(fitting).toEqual([]);
    const content = { name: 'Cup', price: '$1', sku: 'X'.repeat(64), symbol };
    const { bars, texts } = layOutLabel(content, labelFormats[0], measure);
    expect(bars).toBeNull();
    expect(texts.at(-1)?.text).toMatch(/^X+…$/);
  });

  test('begin and end between two dots of the printer, wherever the label is', () => {
    for (const format of labelFormats) {
      const content = { name: 'Cup', price: '$1', sku: null, symbol: barSymbolOf(EAN_13) };
      const { bars } = layOutLabel(content, format, measure);
      const dots = barRectangles(bars!, { x: 7.213, y: 1 }, format.dotsPerInch).flatMap((bar) => [
        (bar.x * format.dotsPerInch) / 25.4,
        ((bar.x + bar.width) * format.dotsPerInch) / 25.4,
      ]);
      for (const dot of dots) expect(Math.abs(dot - Math.round(dot))).toBeLessThan(0.03);
    }
  });
});

test('a text is broken between words, within a long one, and cut at the end', () => {
  const ofLength = (text: string) => Array.from(text).length;
  const wrap = (text: string, width: number) => wrapText(text, width, 2, ofLength);
  expect(wrap('Walnut tray', 20)).toEqual(['Walnut tray']);
  expect(wrap('Walnut  tray, large', 12)).toEqual(['Walnut tray,', 'large']);
  expect(wrap('Walnut tray, large and oiled', 12)).toEqual(['Walnut tray,', 'large and o…']);
  expect(wrap('Donaudampfschifffahrt 1', 10)).toEqual(['Donaudampf', 'schifffah…']);
  expect(wrap('日本語の長い名前です', 5)).toEqual(['日本語の長', 'い名前です']);
  // What people see as one character is not taken apart.
  expect(wrapText('👩‍🍳👩‍🍳👩‍🍳', 8, 1, ofLength)).toEqual(['👩‍🍳👩‍🍳…']);
  expect(wrap('WW W', 0)).toEqual(['W', '…']);
  expect(cutText('SKU-12345', 6, ofLength)).toBe('SKU-1…');
  expect(['Taza', 'كوب', '1 כוס', '杯'].map(isRightToLeft)).toEqual([false, true, true, false]);
});

test('millimetres are read as people write them', () => {
  expect(['0', '1,5', '-2.25', ' 3 ', '−1'].map(millimetresIn)).toEqual([0, 1.5, -2.25, 3, -1]);
  expect(['', '11', 'x', '1e1', '-10.5'].map(millimetresIn)).toEqual(Array(5).fill(null));
});

test('a PDF says where each of its objects begins', async () => {
  const pdf = createPdf('Etiquetas «ñ» 日本');
  const name = pdf.addMask({ width: 8, height: 1, bits: new Uint8Array([0b1010_1010]) });
  for (const masks of [new Set([name]), new Set<string>()])
    await pdf.addPage({ width: 100, height: 50, content: `q /${name} Do Q`, masks });
  const bytes = Buffer.from(await pdf.end().arrayBuffer());
  const text = bytes.toString('latin1');
  const [, start = ''] = /startxref\n(\d+)\n%%EOF\n$/.exec(text) ?? [];
  const table = text.slice(Number(start));
  expect(table).toMatch(/^xref\n0 9\n/);
  const offsets = [...table.matchAll(/^(\d{10}) 00000 n $/gm)].map(([, at]) => Number(at));
  expect(offsets.map((at) => text.slice(at, at + 7))).toEqual(
    offsets.map((_, at) => `${at + 1} 0 obj`),
  );
  expect(text).toContain('/Count 2');
  expect(text).toContain(`/Title ${pdfText('Etiquetas «ñ» 日本')}`);
});
