const CANONICAL = /^[1-9][0-9]{0,15}$/;

/**
 * The number that an id stands for: 1 or more, written in one way only; null for other texts, which
 * are ids that name nothing.
 */
export function numberOfId(text: string): number | null {
  const id = CANONICAL.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(id) ? id : null;
}
