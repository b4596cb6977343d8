import { barSymbolOf, type BarSymbol } from './bar-symbol.ts';
import type { Product } from '../api/index.ts';
import { readStored, store } from '../stores/storage.ts';
import { labelFormats, type LabelFormat, type Place } from './label-formats.ts';

/** How many labels each product gets. */
export type CopiesRule = 'one' | 'stock' | 'received';

/** The most millimetres by which a print is moved. */
export const MOST_SHIFT_MM = 10;

/** The first of its barcodes that has bars, or else its SKU. */
export function symbolOf({ barcodes, sku }: Pick<Product, 'barcodes' | 'sku'>): BarSymbol | null {
  const codes = sku === null ? barcodes : [...barcodes, sku];
  return codes.map(barSymbolOf).find((symbol) => symbol !== null) ?? null;
}

/** Null for what is no number of millimetres, or too many. */
export function millimetresIn(text: string): number | null {
  const plain = text.trim().replace(',', '.').replace('−', '-');
  if (!/^-?\d{1,2}(?:\.\d{1,2})?$/.test(plain)) return null;
  const millimetres = Number(plain);
  return Math.abs(millimetres) <= MOST_SHIFT_MM ? millimetres : null;
}

const NAME = 'anaquel.labels';

/** The paper that was chosen before, and how far its print is moved, as it stands in the fields. */
export interface LabelPaper {
  readonly format: LabelFormat;
  readonly right: string;
  readonly down: string;
}

export function storedPaper(): LabelPaper {
  const stored = readStored(localStorage, NAME);
  const { id, right, down } = (stored ?? {}) as Readonly<Record<string, unknown>>;
  const format = labelFormats.find((one) => one.id === id);
  const shiftOf = (value: unknown) =>
    typeof value === 'string' && millimetresIn(value) !== null ? value : '0';
  const [first] = labelFormats;
  if (first === undefined) throw new Error('there are no formats of labels');
  return { format: format ?? first, right: shiftOf(right), down: shiftOf(down) };
}

export function storePaper({ format: { id }, right, down }: LabelPaper): void {
  store(localStorage, NAME, { id, right, down });
}

/** Null where one of both is no number of millimetres. */
export function shiftIn(right: string, down: string): Place | null {
  const x = millimetresIn(right);
  const y = millimetresIn(down);
  return x === null || y === null ? null : { x, y };
}
