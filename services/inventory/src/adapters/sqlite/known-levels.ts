import type { Command } from '../../domain/command.ts';
import { referencesOf } from '../../domain/command-references.ts';
import { levelKey, type Level } from '../../domain/level.ts';

const MAX_LEVELS = 1_000;

/** A level as it is in the database. */
export interface StoredLevel {
  readonly level: Level;
  /** When the first of its holds is due, RFC 3339, UTC; null without holds. */
  readonly firstExpiry: string | null;
}

/**
 * Levels as they are in the database, in the memory of the process that alone writes it. None is
 * known that a batch has changed or may change: the levels that its commands name, those with a
 * hold that is due at the time of one of them, and all with holds where it names a reservation.
 */
export interface KnownLevels {
  /** Asks `read` for a level that is not known. */
  get(
    productId: number,
    location: string,
    read: () => StoredLevel | undefined,
  ): StoredLevel | undefined;
  /** To be called before the commands are sent. What it gives is called when they have ended. */
  beginBatch(commands: readonly Command[]): () => void;
}

interface BatchReferences {
  /** The keys of levels. */
  readonly levels: ReadonlySet<string>;
  readonly hasReservations: boolean;
}

export function createKnownLevels(): KnownLevels {
  const levels = new Map<string, StoredLevel>();
  const underWay = new Set<BatchReferences>();
  /** The time of the latest command: a batch has released, or may release, what is due by then. */
  let latest = '';

  const isAhead = ({ firstExpiry }: StoredLevel): boolean =>
    firstExpiry === null || firstExpiry > latest;

  const mayChange = (batch: BatchReferences, key: string, { firstExpiry }: StoredLevel): boolean =>
    batch.levels.has(key) || (batch.hasReservations && firstExpiry !== null);

  function remember(key: string, stored: StoredLevel): void {
    if (!isAhead(stored) || underWay.values().some((batch) => mayChange(batch, key, stored)))
      return;
    if (levels.size >= MAX_LEVELS) levels.clear();
    levels.set(key, stored);
  }

  return {
    get(productId, location, read) {
      const key = levelKey(productId, location);
      const known = levels.get(key);
      if (known !== undefined && isAhead(known)) return known;
      levels.delete(key);
      const stored = read();
      if (stored !== undefined) remember(key, stored);
      return stored;
    },
    beginBatch(commands) {
      const batch = referencesOfBatch(commands);
      for (const { at } of commands) if (at > latest) latest = at;
      for (const key of batch.levels) levels.delete(key);
      if (batch.hasReservations)
        for (const [key, { firstExpiry }] of levels) if (firstExpiry !== null) levels.delete(key);
      underWay.add(batch);
      return () => underWay.delete(batch);
    },
  };
}

function referencesOfBatch(commands: readonly Command[]): BatchReferences {
  const all = commands.map(referencesOf);
  const keys = all.flatMap((references) =>
    references.levels.map(({ productId, location }) => levelKey(productId, location)),
  );
  return {
    levels: new Set(keys),
    hasReservations: all.some(({ reservations }) => reservations.length > 0),
  };
}
