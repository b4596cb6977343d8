interface LevelId {
  readonly productId: number;
  readonly location: string;
}

/** One change of one level. */
export type StockStep = MovementStep | LevelStep;

/** Adds or takes away units; its result is the movement. */
export type MovementStep =
  | (LevelId & {
      readonly type: 'receive';
      readonly quantity: number;
      readonly reason: string | null;
    })
  /** `quantity` is signed. */
  | (LevelId & { readonly type: 'adjust'; readonly quantity: number; readonly reason: string })
  | ReturnStep;

/** Takes back units of a purchase; never more than were sold and not yet returned. */
export interface ReturnStep extends LevelId {
  readonly type: 'return';
  readonly quantity: number;
  readonly purchaseId: string;
  readonly reason: string | null;
}

/** States what a level is; its result is the level. */
export type LevelStep = TrackStep | UpdateStep;

/** Starts tracking a product, with a first count. */
export interface TrackStep extends LevelId {
  readonly type: 'track';
  readonly onHand: number;
  readonly lowStockThreshold: number | null;
}

/** Counts the units on hand, then sets the threshold; what is undefined stays as it is. */
export interface UpdateStep extends LevelId {
  readonly type: 'update';
  readonly onHand?: number | undefined;
  /** When they were counted, RFC 3339, UTC; undefined for now, and without `onHand`. */
  readonly countedAt?: string | undefined;
  readonly lowStockThreshold?: number | null | undefined;
  /** Whether a count makes the level when there is none. */
  readonly startTracking: boolean;
  /** The level must have one of these versions before; null for any. */
  readonly expectedVersions: readonly number[] | null;
}

/**
 * The parts of a step, each with a result of its own in a list. An update that counts and sets the
 * threshold has two, every other step one. Records hold the results of parts, so their number is
 * part of `RECORD_FORMAT`.
 */
export function partsOf(step: StockStep): readonly StockStep[] {
  if (step.type !== 'update' || step.onHand === undefined || step.lowStockThreshold === undefined)
    return [step];
  const { lowStockThreshold: _, ...countPart } = step;
  // Only the first part checks the version; the second would see the one that the count made.
  const { onHand: __, countedAt: ___, ...thresholdPart } = { ...step, expectedVersions: null };
  return [countPart, thresholdPart];
}

/** What each type of step leaves. */
const RESULTS: Record<MovementStep['type'], 'movement'> & Record<LevelStep['type'], 'level'> = {
  receive: 'movement',
  adjust: 'movement',
  return: 'movement',
  track: 'level',
  update: 'level',
};

export function isMovementStep(step: StockStep): step is MovementStep {
  return RESULTS[step.type] === 'movement';
}
