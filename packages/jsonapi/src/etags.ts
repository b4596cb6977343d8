/** A strong entity tag for a version. https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
export function etag(version: number | string): string {
  return `"${version}"`;
}

/** Whether `If-Match` lets a change through: absent, `*`, or one tag equal by strong comparison (a weak tag never is). */
export function ifMatchAllows(header: string | undefined, current: string): boolean {
  if (header === undefined) return true;
  return header.trim() === '*' || entityTags(header).includes(current);
}

/** Whether `If-None-Match` says that the client has this representation already (weak comparison, so answer 304). */
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
