/** Values that one address may name: as many as a page holds. */
export const IDS_A_REQUEST = 100;
/**
 * Of a list in an address, percent-encoded. Servers and proxies take addresses of about 8,000
 * characters.
 */
const MAX_LENGTH = 4_000;

/**
 * Values as lists for an `in` filter: the comma separates, so that one inside a value is escaped,
 * and the backslash with it.
 */
export function valueLists(values: readonly string[]): string[] {
  const lists: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const value of values) {
    const escaped = value.replace(/[\\,]/g, '\\$&');
    const added = new URLSearchParams([['', `${escaped},`]]).toString().length;
    const last = lists.at(-1);
    if (last && last.length < IDS_A_REQUEST && length + added <= MAX_LENGTH) {
      last.push(escaped);
      length += added;
    } else {
      lists.push([escaped]);
      length = added;
    }
  }
  return lists.map((list) => list.join(','));
}
