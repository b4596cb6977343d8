// `npm run soak` sets both: that this is a soak, and its share of the full counts.

export const isSoak = process.env['ANAQUEL_SOAK'] === '1';
const share = Number(process.env['ANAQUEL_SOAK_PERCENT'] ?? 100) / 100;
export const isWholeSoak = isSoak && share === 1;

/** The repetitions of a test: `test` in `npm test`, up to `soak` in `npm run soak`. */
export function times(counts: { readonly test: number; readonly soak: number }): number {
  return isSoak ? Math.max(counts.test, Math.round(counts.soak * share)) : counts.test;
}

const COUNTS = /\btimes\(\{ test: (?<test>[\d_]+), soak: (?<soak>[\d_]+) \}\)/g;
const numberOf = (digits = '') => Number(digits.replaceAll('_', ''));

/** Whether a file of tests does more in this soak than in `npm test`, by its code. */
export function repeatsMore(code: string): boolean {
  const counts = [...code.matchAll(COUNTS)].map(({ groups }) => ({
    test: numberOf(groups?.['test']),
    soak: numberOf(groups?.['soak']),
  }));
  return /\bisSoak\b/.test(code) || counts.some((count) => times(count) > count.test);
}

/**
 * A promise of time holds on a machine of its own; only a full soak checks it. Otherwise other work
 * may slow the machine down, and the bound only detects what hangs.
 */
export function withinMs(promisedMs: number): number {
  return isWholeSoak ? promisedMs : 30_000;
}
