/**
 * The amount in major units. It goes through the decimal text, so that 1999 with 2 decimals is
 * exactly 19.99.
 */
export function majorUnits(minorUnits: number, decimals: number): number {
  const digits = String(minorUnits).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return Number(`${digits.slice(0, point)}.${digits.slice(point)}`);
}
