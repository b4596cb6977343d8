import type { Command } from '../../domain/command.ts';
import { referencesOf } from '../../domain/command-references.ts';
import { levelKey, type Level } from '../../domain/level.ts';

const MAX_LEVELS = 1_000;

/**
 * Levels as they are in the database, in the memory of the process that alone writes it. None is
 * known that a batch under way may change: those that its commands name, and those of which units
 * are reserved, since any batch may find that reservations have expired.
 */
export interface KnownLevels {
  /** Asks `read` for a level that is not known. */
  get(productId: number, location: string, read: () => Level | undefined): Level | undefined;
  /** To be called before the commands are sent. What it gives is called when they have ended. */
  beginBatch(commands: readonly Command[]): () => void;
}

export function createKnownLevels(): KnownLevels {
  const levels = new Map<string, Level>();
  /** The keys that the batches under way name. */
  const named = new Set<ReadonlySet<string>>();
  const isNamed = (key: string): boolean => named.values().some((keys) => keys.has(key));

  function remember(key: string, level: Level): void {
    if (level.reserved > 0 || isNamed(key)) return;
    if (levels.size >= MAX_LEVELS) levels.clear();
    levels.set(key, level);
  }

  return {
    get(productId, location, read) {
      const key = levelKey(productId, location);
      const known = levels.get(key);
      if (known !== undefined) return known;
      const level = read();
      if (level !== undefined) remember(key, level);
      return level;
    },
    beginBatch(commands) {
      const keys = new Set(commands.flatMap(keysOf));
      for (const key of keys) levels.delete(key);
      named.add(keys);
      return () => named.delete(keys);
    },
  };
}

function keysOf(command: Command): string[] {
  return referencesOf(command).levels.map(({ productId, location }) =>
    levelKey(productId, location),
  );
}
