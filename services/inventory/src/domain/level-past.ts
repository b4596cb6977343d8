import { levelKey, type Level } from './level.ts';
import type { Movement } from './movement.ts';

/**
 * What the log says of a level since some instants at which its units were counted. A count itself
 * moves nothing: it says what is there, and a later one says it anew.
 */
export interface LevelPast {
  /** By instant: the units that all movements but counts have brought since. */
  readonly moved: ReadonlyMap<string, number>;
  /** When the units were counted last; null when they never were. */
  readonly counted: string | null;
}

/** Names a level at an instant: RFC 3339, UTC. */
export interface PastInstant extends Pick<Level, 'productId' | 'location'> {
  readonly instant: string;
}

/** A level at an instant, as the log has it. */
export interface PastReading extends PastInstant, Pick<LevelPast, 'counted'> {
  readonly moved: number;
}

/** The pasts of levels, by `levelKey`. */
export function pastsOf(readings: readonly PastReading[]): Map<string, LevelPast> {
  const byLevel = Map.groupBy(readings, ({ productId, location }) => levelKey(productId, location));
  return new Map(
    [...byLevel].map(([key, ofLevel]) => [
      key,
      {
        moved: new Map(ofLevel.map(({ instant, moved }) => [instant, moved])),
        counted: ofLevel[0]?.counted ?? null,
      },
    ]),
  );
}

/** The past after one movement more. */
export function pastAfter(past: LevelPast, movement: Movement): LevelPast {
  const { kind, onHandDelta, at, countedAt } = movement;
  if (kind === 'count') return { ...past, counted: countedAt ?? at };
  if (onHandDelta === 0) return past;
  const moved = [...past.moved].map(
    ([instant, units]) => [instant, at > instant ? units + onHandDelta : units] as const,
  );
  return { ...past, moved: new Map(moved) };
}
