import type { Operation } from '../api/index.ts';
import type { DecidedRow } from './stock-choices.ts';

/**
 * A request has at most so many operations, so that the bar moves, and so many characters, which
 * bodies are limited in.
 */
const OPERATIONS_A_REQUEST = 250;
const CHARACTERS_A_REQUEST = 600_000;

export interface Step {
  readonly row: DecidedRow;
  readonly operation: Operation;
}

export function* slicesOf(steps: readonly Step[]): Generator<Step[]> {
  let slice: Step[] = [];
  let characters = 0;
  for (const step of steps) {
    const size = JSON.stringify(step.operation).length;
    const isFull = slice.length >= OPERATIONS_A_REQUEST || characters + size > CHARACTERS_A_REQUEST;
    if (isFull && slice.length > 0) {
      yield slice;
      slice = [];
      characters = 0;
    }
    slice.push(step);
    characters += size;
  }
  if (slice.length > 0) yield slice;
}

export function productStep(row: DecidedRow): Step[] {
  const { productId, product } = row;
  if (product === null) return [];
  const data = { type: 'products', attributes: product } as const;
  return productId === null
    ? [{ row, operation: { op: 'add', data } }]
    : [{ row, operation: { op: 'update', data: { ...data, id: productId } } }];
}

/** Stocks that nobody counts yet, and thresholds: nobody's change is overwritten by them. */
export function stockStep(row: DecidedRow, id: string): Step[] {
  const { stock, units, threshold } = row;
  const limit = threshold && { lowStockThreshold: threshold.after };
  const type = 'inventories';
  if (stock?.kind === 'opening' && stock.before === null) {
    if (units === null) return [];
    return [
      {
        row,
        operation: { op: 'add', data: { type, id, attributes: { onHand: units, ...limit } } },
      },
    ];
  }
  return limit ? [{ row, operation: { op: 'update', data: { type, id, attributes: limit } } }] : [];
}
