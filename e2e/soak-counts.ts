/** `npm run soak` sets both: that this is a soak, and its share of the full counts. */
const isSoak = process.env['ANAQUEL_SOAK'] === '1';
const share = Number(process.env['ANAQUEL_SOAK_PERCENT'] ?? 100) / 100;

/** The repetitions of a test: `test` in `npm test`, up to `soak` in `npm run soak`. */
export function times(counts: { readonly test: number; readonly soak: number }): number {
  return isSoak ? Math.max(counts.test, Math.round(counts.soak * share)) : counts.test;
}

/**
 * A service promises to be ready again in 2 s on a machine of its own; only a full soak checks
 * that. Otherwise other work may slow the machine down, and the bound only detects a service that
 * hangs.
 */
export const readyWithinMs = isSoak && share === 1 ? 2_000 : 10_000;
