/** How many characters texts may have, as the services count them. */
export const MAX_CHARACTERS = {
  name: 200,
  sku: 64,
  description: 5_000,
  tag: 50,
  barcode: 64,
  imageUrl: 2_000,
  supplier: 200,
  reason: 500,
  search: 200,
} as const;
export const MAX_TAGS = 20;
export const MAX_BARCODES = 10;

/**
 * The code points of a text in the form in which it is stored. An emoji has several, and so has no
 * form field's `maxlength` the same count.
 */
export function characterCount(text: string): number {
  return Array.from(text.normalize('NFC')).length;
}

export function firstCharacters(text: string, count: number): string {
  return text.length <= count ? text : Array.from(text).slice(0, count).join('');
}

/** A search begins so long after the last key. */
export const SEARCH_DELAY_MS = 250;
