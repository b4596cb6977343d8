/** `npm run soak` sets both: that it is one, and how much of the full counts it shall do. */
const isSoak = process.env['ANAQUEL_SOAK'] === '1';
const share = Number(process.env['ANAQUEL_SOAK_PERCENT'] ?? 100) / 100;

/**
 * How often a test does what it does: `test` times in `npm test`, up to `soak` times in `npm run
 * soak`.
 */
export function times(counts: { readonly test: number; readonly soak: number }): number {
  return isSoak ? Math.max(counts.test, Math.round(counts.soak * share)) : counts.test;
}

/**
 * The promise is that a service is ready again in 2 s, on a machine of its own: that is asked of a
 * whole soak. Otherwise, when a neighbour may have the machine, the bound is there to notice what
 * hangs.
 */
export const readyWithinMs = isSoak && share === 1 ? 2_000 : 10_000;
