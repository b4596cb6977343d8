import type { PageRequest, RowPosition } from '@anaquel/jsonapi';

/** Behind every number that a table has. */
const BEHIND_ALL = 2 ** 53;

/**
 * A page whose cursor has values of these types, one for each field of the order, and for the id.
 * A client can make a cursor with others, of which databases think differently: numbers come before
 * texts.
 */
export function typedPage(page: PageRequest, types: readonly ('number' | 'string')[]): PageRequest {
  if (page.style === 'number') return page;
  const typed = (cursor: RowPosition | null) =>
    cursor &&
    cursor.map((value, index) => {
      const type = types[index];
      if (value === null || typeof value === type) return value;
      return type === 'number' ? BEHIND_ALL : '';
    });
  return { ...page, after: typed(page.after), before: typed(page.before) };
}
