/** A level as it stood at the end of a span of time, and how often it moved within. */
export interface LevelSummary {
  readonly productId: number;
  /** RFC 3339, UTC, as is `to`, which is no part of the span. */
  readonly from: string;
  readonly to: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly movements: number;
}

/** A level right before an instant; all zero before its first movement. */
export interface LevelBefore {
  readonly instant: string;
  /** Of its latest movement. */
  readonly sequence: number;
  readonly onHand: number;
  readonly reserved: number;
}

/** Sums up spans that follow each other. @param ends the level at the start, and at each end */
export function levelSummaries(productId: number, ends: readonly LevelBefore[]): LevelSummary[] {
  return ends.slice(1).map(({ instant, sequence, onHand, reserved }, at) => {
    const start = ends[at];
    const movements = sequence - (start?.sequence ?? 0);
    return { productId, from: start?.instant ?? instant, to: instant, onHand, reserved, movements };
  });
}
