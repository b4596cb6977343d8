import type { NewProduct } from './product.ts';

/** Text in the form in which it is compared: lower case, without accents. "Café" and "CAFE" are the same. */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** What a search looks through. Fields are on lines of their own, so that no word is found across two. */
export function searchText({ name, sku, description, tags }: NewProduct): string {
  return folded([name, sku ?? '', description ?? '', ...tags].join('\n'));
}

/** The words of a search, each of which must occur. */
export function searchWords(search: string): string[] {
  return folded(search)
    .split(/\s+/)
    .filter((word) => word !== '');
}

/**
 * What is in the search text of every product that has `part` in its name, SKU or tags; none when that can't be said: how a sigma
 * is folded depends on the letters around it.
 */
export function certainPart(part: string): string[] {
  const text = folded(part);
  return /[σς]/.test(text) ? [] : [text];
}
