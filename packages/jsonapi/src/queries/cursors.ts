import type { RowPosition, Sort } from '../declarations/list-request.ts';

/** https://jsonapi.org/profiles/ethanresnick/cursor-pagination/ */
export const CURSOR_PROFILE = 'https://jsonapi.org/profiles/ethanresnick/cursor-pagination/';

const MAX_LENGTH = 2_000;

/** The text of an order, as in `sort`. */
export function sortText(sort: readonly Sort[]): string {
  return sort.map(({ field, descending }) => (descending ? `-${field}` : field)).join(',');
}

/** A position as clients get it. It names its order, so that no other order accepts it. */
export function writeCursor(position: RowPosition, sort: readonly Sort[]): string {
  return Buffer.from(JSON.stringify([sortText(sort), ...position])).toString('base64url');
}

/** The position, or undefined when the text is no cursor of this order. */
export function readCursor(text: string, sort: readonly Sort[]): RowPosition | undefined {
  if (text.length === 0 || text.length > MAX_LENGTH) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  // Decoding skips invalid characters.
  if (bytes.toString('base64url') !== text) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  // One value for each field of the order, and the id.
  if (!Array.isArray(value) || value.length !== sort.length + 2) return undefined;
  const [order, ...position] = value as unknown[];
  return order === sortText(sort) && position.every(isPlace) ? position : undefined;
}

function isPlace(value: unknown): value is string | number | null {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  return value === null || (typeof value === 'number' && Number.isFinite(value));
}

/** Whether the request names the profile. */
export function wantsCursors(request: { readonly jsonApiProfiles: readonly string[] }): boolean {
  return request.jsonApiProfiles.includes(CURSOR_PROFILE);
}
