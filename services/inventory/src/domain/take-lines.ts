import { available, levelKey } from './level.ts';
import { move, type Author, type MovementChange } from './move.ts';
import { accepted, refused, type Outcome } from './outcome.ts';
import type { DraftLine } from './purchase.ts';
import type { Refusal } from './refusal.ts';
import type { WorkingState } from './working-state.ts';

/** The units that the lines of one command take of one level. */
interface Demand {
  readonly key: string;
  readonly quantity: number;
  /** The first of its lines: all are of one product. */
  readonly line: DraftLine;
  /** The places of its lines, from 0. */
  readonly steps: readonly [number, ...number[]];
}

/**
 * Takes the units of all lines, by one movement for each level, or refuses each line whose level
 * has too few. All lines of a level count together.
 */
export function takeLines(
  lines: readonly DraftLine[],
  changeOf: (quantity: number) => MovementChange,
  { author, state }: { author: Author; state: WorkingState },
): Outcome<null, Refusal> {
  const refusals: Refusal[] = [];
  for (const demand of demandsOf(lines)) {
    const level = state.levels.get(demand.key);
    const units = level ? available(level) : 0;
    if (!level || demand.quantity > units) refusals.push(...shortages(demand, units));
    else {
      const [index] = demand.steps;
      const outcome = move(level, changeOf(demand.quantity), { author, index, state });
      if (!outcome.ok) refusals.push(...outcome.refusals);
    }
  }
  return refusals.length > 0 ? refused(...refusals.toSorted(byStep)) : accepted(null);
}

/** In the order of their first lines. */
function demandsOf(lines: readonly DraftLine[]): Iterable<Demand> {
  const demands = new Map<string, Demand>();
  for (const [step, line] of lines.entries()) {
    const key = levelKey(line.productId, line.location);
    const demand = demands.get(key);
    if (demand === undefined)
      demands.set(key, { key, line, quantity: line.quantity, steps: [step] });
    else {
      const quantity = demand.quantity + line.quantity;
      demands.set(key, { ...demand, quantity, steps: [...demand.steps, step] });
    }
  }
  return demands.values();
}

function shortages({ line, quantity: requested, steps }: Demand, units: number): Refusal[] {
  const { productId, name } = line;
  return steps.map((step) => {
    return { type: 'insufficient-stock', step, productId, name, requested, available: units };
  });
}

function byStep(one: Refusal, other: Refusal): number {
  return stepOf(one) - stepOf(other);
}

function stepOf(refusal: Refusal): number {
  return 'step' in refusal ? refusal.step : 0;
}
