import type { Level, Movement } from '../api/index.ts';

/** What happened to a stock between two looks at it. */
export interface ChangesSince {
  /** By how many units it changed on the shelf. */
  readonly onHandDelta: number;
  /**
   * Units on the shelf by kind, those of no effect left out; empty when the movements don't explain
   * the difference.
   */
  readonly byKind: ReadonlyMap<Movement['kind'], number>;
}

/** `movements` are the latest ones of the product, the newest first. */
export function changesSince(
  before: Level,
  now: Level,
  movements: readonly Movement[],
): ChangesSince {
  const onHandDelta = now.onHand - before.onHand;
  const byKind = new Map<Movement['kind'], number>();
  let explained = 0;
  for (const { kind, onHandDelta: units, createdAt } of movements) {
    if (createdAt <= before.updatedAt) break;
    if (units !== 0) byKind.set(kind, (byKind.get(kind) ?? 0) + units);
    explained += units;
  }
  return { onHandDelta, byKind: explained === onHandDelta ? byKind : new Map() };
}
