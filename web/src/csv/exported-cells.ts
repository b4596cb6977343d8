import type { Field, WrittenField } from './fields.ts';
import type { ColumnTexts } from './known-formats.ts';

type ExportedField = Exclude<WrittenField, 'stock'>;

/**
 * What a file says was seen, in its order: files of earlier releases begin with the same, so add
 * new ones at the end. Stock has columns of its own.
 */
const EXPORTED: Readonly<Record<ExportedField, true>> = {
  sku: true,
  name: true,
  description: true,
  price: true,
  currency: true,
  status: true,
  tags: true,
  imageUrl: true,
  lowStockThreshold: true,
  barcodes: true,
  packSize: true,
  leadTimeDays: true,
  supplier: true,
};
// The object above has no other keys.
const EXPORTED_FIELDS = Object.keys(EXPORTED) as ExportedField[];

/**
 * A short sum of each cell, so that a file that comes back tells which of them were changed in it,
 * whatever became of the product meanwhile.
 */
export function sumsOfCells(cells: Readonly<Record<ExportedField, string>>): string {
  return EXPORTED_FIELDS.map((field) => sumOf(cells[field])).join('.');
}

/**
 * The fields whose cells are as they were exported. None in a file that doesn't say what was seen.
 */
export function unchangedFields(texts: ColumnTexts, valueOf: (text: string) => string): Set<Field> {
  const sums = texts.seenProduct?.trim().split('.') ?? [];
  if (sums.length > EXPORTED_FIELDS.length) return new Set();
  return new Set(
    EXPORTED_FIELDS.filter((field, at) => sumOf(valueOf(texts[field] ?? '')) === sums[at]),
  );
}

/**
 * FNV-1a of 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/), without what spreadsheets change:
 * line ends, blanks at the ends, zeros that end decimals.
 */
function sumOf(text: string): string {
  const plain = text
    .replace(/\r\n?/g, '\n')
    .normalize('NFC')
    .trim()
    .replace(/^(\d+\.\d*?)0+$/, '$1');
  let sum = 0x811c9dc5;
  for (let at = 0; at < plain.length; at += 1)
    sum = Math.imul(sum ^ plain.charCodeAt(at), 0x01000193) >>> 0;
  return sum.toString(36);
}
