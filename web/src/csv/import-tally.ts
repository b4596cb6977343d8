import type { ApiError, Level } from '../api/index.ts';
import type { RowFault } from './row-faults.ts';
import type { DecidedRow } from './stock-choices.ts';

export interface ImportProgress {
  /** Of all that has to be said. */
  readonly done: number;
  readonly total: number;
}

/** A stock that was changed by others after the preview: it was left as they have it. */
export interface ChangedStock {
  readonly row: DecidedRow;
  readonly productId: string;
  readonly units: number;
  readonly now: Level;
}

export interface ImportOutcome {
  readonly created: number;
  readonly updated: number;
  readonly stocked: number;
  readonly faults: readonly RowFault[];
  readonly changedStocks: readonly ChangedStock[];
  /** Why it ended early; what was not done is done by importing the same file again. */
  readonly stoppedBy: StopReason;
}

export type StopReason = ApiError | 'cancelled' | null;

/** What an import has done so far. */
export interface ImportTally {
  /** Says that so many more steps are done, or will never be. */
  advance(steps: number): void;
  count(change: 'created' | 'updated' | 'stocked'): void;
  /** Leaves the row out from now on. `text` is the service's, where it refused. */
  blame(row: DecidedRow, fault: RowFault['fault'], text?: string): void;
  isBlamed(row: DecidedRow): boolean;
  leave(changedStock: ChangedStock): void;
  outcome(stoppedBy: StopReason): ImportOutcome;
}

export function createImportTally(
  total: number,
  onProgress: (progress: ImportProgress) => void,
): ImportTally {
  const counts = { created: 0, updated: 0, stocked: 0 };
  const faults: RowFault[] = [];
  const blamedRows = new Set<DecidedRow>();
  const changedStocks: ChangedStock[] = [];
  let done = 0;
  onProgress({ done, total });

  return {
    advance(steps) {
      done += steps;
      onProgress({ done, total });
    },
    count(change) {
      counts[change] += 1;
    },
    blame(row, fault, text) {
      blamedRows.add(row);
      const { line, sku } = row;
      faults.push({ line, sku, fault, ...(text !== undefined && { text }) });
    },
    isBlamed: (row) => blamedRows.has(row),
    leave: (changedStock) => void changedStocks.push(changedStock),
    outcome: (stoppedBy) => ({ ...counts, faults, changedStocks, stoppedBy }),
  };
}
