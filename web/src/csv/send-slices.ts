import {
  isOutcomeUnknown,
  problemsOf,
  type ApiError,
  type Operation,
  type Result,
} from '../api/index.ts';
import type { ImportTally, StopReason } from './import-tally.ts';
import { slicesOf, type Step } from './operation-slices.ts';

export interface SliceRequest<Value> {
  /** Answers a value for each operation, in their order. */
  readonly send: (operations: readonly Operation[]) => Promise<Result<readonly Value[]>>;
  /** Told of each step that was carried out. */
  readonly onDone: (step: Step, value: Value) => void;
  readonly signal: AbortSignal;
}

/**
 * Carries out many steps with few requests. A slice is carried out whole or not at all, so the
 * steps that a service refuses are blamed, and the others of their slice are sent again without
 * them.
 */
export async function sendSlices<Value>(
  steps: readonly Step[],
  { send, onDone, signal }: SliceRequest<Value>,
  tally: ImportTally,
): Promise<StopReason> {
  for (const slice of slicesOf(steps)) {
    let remainder = slice;
    // Each round without an error of the service itself takes a row away, so this ends.
    while (remainder.length > 0) {
      if (signal.aborted) return 'cancelled';
      const result = await send(remainder.map(({ operation }) => operation));
      if (result.ok) {
        for (const [at, value] of result.value.entries()) {
          const step = remainder[at];
          if (step) onDone(step, value);
        }
        tally.advance(remainder.length);
        break;
      }
      if (!isAboutRows(result.error)) {
        if (isOutcomeUnknown(result.error)) blameLostProducts(remainder, tally);
        return result.error;
      }
      const refusedSteps = refusedBy(result.error, remainder);
      for (const [step, text] of refusedSteps) tally.blame(step.row, 'refused', text);
      tally.advance(refusedSteps.size);
      remainder = remainder.filter((step) => !refusedSteps.has(step));
    }
  }
  return null;
}

/** Whether a service looked at the rows and refused some; else it is of no use to go on. */
export function isAboutRows(error: ApiError): boolean {
  return (
    error.kind === 'refused' && error.status < 500 && error.status !== 401 && error.status !== 403
  );
}

/** New products with a SKU are found again by it, when the file is imported again. */
function blameLostProducts(steps: readonly Step[], tally: ImportTally): void {
  for (const { row } of steps) {
    if (row.productId === null && row.sku === null) tally.blame(row, 'outcome-unknown');
  }
}

/** Which steps a refusal is about; when it names none, all of them. */
function refusedBy(error: ApiError, steps: readonly Step[]): Map<Step, string> {
  const texts = new Map<Step, string>();
  for (const { pointer, detail } of problemsOf(error)) {
    const index = /^\/atomic:operations\/(\d+)/.exec(pointer ?? '')?.[1];
    const step = index === undefined ? undefined : steps[Number(index)];
    if (step && !texts.has(step)) texts.set(step, detail);
  }
  if (texts.size > 0) return texts;
  const text = problemsOf(error)[0]?.detail ?? '';
  return new Map(steps.map((step) => [step, text]));
}
