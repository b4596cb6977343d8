/**
 * A picture's address when it is of this origin, else null: the page's policy lets no other load.
 * An address with a host that happens to be ours counts.
 */
export function sameOriginImage(imageUrl: string | null | undefined): string | null {
  if (!imageUrl) return null;
  const url = URL.parse(imageUrl, location.origin);
  return url !== null && url.origin === location.origin ? url.pathname + url.search : null;
}
