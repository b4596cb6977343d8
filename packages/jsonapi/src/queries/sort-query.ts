import { quoted, suggestionFor } from '../http/nearest-names.ts';
import type { Sort } from '../declarations/list-request.ts';
import type { Complaint } from './query.ts';

/** The order that a `sort` asks for, or what is wrong with it. */
export function parseSort(
  text: string,
  sorts: readonly string[],
): { sort: Sort[] } | { complaint: Complaint } {
  const sort: Sort[] = [];
  for (const part of text.split(',', sorts.length + 1)) {
    const descending = part.startsWith('-');
    const field = descending ? part.slice(1) : part;
    if (!sorts.includes(field)) {
      const complaint = `"sort" cannot be by ${quoted(field)}. ${suggestionFor(field, sorts)}`;
      return { complaint };
    }
    if (sort.some((earlier) => earlier.field === field))
      return { complaint: `"sort" names ${quoted(field)} twice; name it once.` };
    sort.push({ field, descending });
  }
  return { sort };
}
