import type { PlannedRow } from './import-plan.ts';
import type { StockPlan } from './read-stock.ts';

/**
 * What becomes of a stock that the file and the shop have differently: nothing, the file's number,
 * or what was changed in the file on top of what there is.
 */
export type StockChoice = 'leave' | 'set' | 'difference';

/** By line. Where nothing is chosen, `defaultChoice` counts. */
export type StockChoices = ReadonlyMap<number, StockChoice>;

/** Only what takes nothing back is set unasked. */
export function defaultChoice({ kind }: StockPlan): StockChoice {
  return kind === 'opening' || kind === 'changed' ? 'set' : 'leave';
}

export function possibleChoices({ kind, seen, before, after }: StockPlan): StockChoice[] {
  const canAdd = kind === 'moved' && seen !== null && before !== null && before + after - seen >= 0;
  return canAdd ? ['leave', 'set', 'difference'] : ['leave', 'set'];
}

/** The units that a choice leads to; null when the stock stays. */
export function unitsChosen(stock: StockPlan, choice: StockChoice): number | null {
  if (choice === 'leave') return null;
  const { seen, before, after } = stock;
  return choice === 'difference' ? (before ?? 0) + after - (seen ?? 0) : after;
}

/** A row that is carried out, its stock decided. */
export interface DecidedRow extends PlannedRow {
  readonly units: number | null;
}

export function decide(rows: readonly PlannedRow[], choices: StockChoices): DecidedRow[] {
  return rows.map((row) => {
    const { stock } = row;
    const choice = stock && (choices.get(row.line) ?? defaultChoice(stock));
    return { ...row, units: stock && choice ? unitsChosen(stock, choice) : null };
  });
}

export function hasWork({ product, units, threshold }: DecidedRow): boolean {
  return product !== null || units !== null || threshold !== undefined;
}
