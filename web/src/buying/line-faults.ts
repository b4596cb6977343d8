import { problemsOf, type ApiError, type LineInput, type Problem } from '../api/index.ts';

/** Why one line of a basket can't be had. */
export interface LineFault {
  readonly code: string;
  /** What is left of it. */
  readonly available: number | null;
  /** What it costs now. */
  readonly price: Price | null;
}

export interface Price {
  readonly price: number;
  readonly currency: string;
}

/** What a line costs now, where a refusal says that this is another price than expected. */
export function changedPrice({ code, meta }: Problem): Price | null {
  const { price, currency } = meta;
  if (code !== 'price-changed' || typeof price !== 'number' || typeof currency !== 'string')
    return null;
  return { price, currency };
}

/** Which lines a refusal is about, by product; empty when it is about none. */
export function lineFaults(
  error: ApiError,
  lines: readonly LineInput[],
): ReadonlyMap<string, LineFault> {
  const faults = new Map<string, LineFault>();
  for (const problem of problemsOf(error)) {
    const { code, pointer, meta } = problem;
    const index = /^\/data\/attributes\/lines\/(\d+)/.exec(pointer ?? '')?.[1];
    const productId = index === undefined ? meta['productId'] : lines[Number(index)]?.productId;
    if (typeof productId !== 'string') continue;
    const { available } = meta;
    faults.set(productId, {
      code,
      available: typeof available === 'number' ? available : null,
      price: changedPrice(problem),
    });
  }
  return faults;
}
