/**
 * A strong entity tag for a version, and for a state that changes without a new one.
 * https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
 */
export function etag(version: number, state?: string): string {
  return state === undefined ? `"${version}"` : `"${version}.${state}"`;
}

/**
 * The versions that an `If-Match` lets be changed; null when it is absent or `*`, so that any may.
 * By strong comparison: a weak tag, or one that `etag` never made of a number, gives none.
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
 */
export function ifMatchVersions(header: string | undefined): number[] | null {
  if (header === undefined || header.trim() === '*') return null;
  return entityTags(header)
    .filter((tag) => OUR_TAG.test(tag))
    .map((tag) => Number.parseInt(tag.slice(1), 10));
}

const OUR_TAG = /^"(?:0|[1-9][0-9]{0,15})(?:\.[\w-]{0,64})?"$/;

/**
 * Whether `If-None-Match` says that the client has this representation already (weak comparison, so
 * answer 304).
 */
export function ifNoneMatchHits(header: string | undefined, current: string): boolean {
  if (header === undefined) return false;
  return (
    header.trim() === '*' ||
    entityTags(header).some((tag) => tag === current || tag === `W/${current}`)
  );
}

const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

function entityTags(header: string): string[] {
  return header.match(ENTITY_TAG) ?? [];
}
