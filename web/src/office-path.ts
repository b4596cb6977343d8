/**
 * Whether an address is one of the office; all others are the shop's. The gateway decides by the
 * same which of the two pages it serves.
 */
export function isOfficePath(path: string): boolean {
  return /^\/manage(?:\/|$)/.test(path);
}
