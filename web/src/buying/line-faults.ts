import { problemsOf, type ApiError, type LineInput } from '../api/index.ts';

/** Why one line of a basket can't be had. */
export interface LineFault {
  readonly code: string;
  /** What is left of it. */
  readonly available: number | null;
  readonly price: number | null;
}

/** Which lines a refusal is about, by product; empty when it is about none. */
export function lineFaults(
  error: ApiError,
  lines: readonly LineInput[],
): ReadonlyMap<string, LineFault> {
  const faults = new Map<string, LineFault>();
  for (const { code, pointer, meta } of problemsOf(error)) {
    const index = /^\/data\/attributes\/lines\/(\d+)/.exec(pointer ?? '')?.[1];
    const productId = index === undefined ? meta['productId'] : lines[Number(index)]?.productId;
    if (typeof productId !== 'string') continue;
    const { available, price } = meta;
    faults.set(productId, {
      code,
      available: typeof available === 'number' ? available : null,
      price: typeof price === 'number' ? price : null,
    });
  }
  return faults;
}
