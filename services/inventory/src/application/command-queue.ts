import { sizeOf, type Command } from '../domain/command.ts';
import type { CommandOutcome } from '../domain/command-outcome.ts';
import { referencesOf } from '../domain/command-references.ts';
import { levelKey } from '../domain/level.ts';

/** At most this many commands wait. */
export const MAX_QUEUED_COMMANDS = 4_096;
/** And at most this many lines and steps of theirs together, or one command of any size. */
export const MAX_QUEUED_STEPS = 65_536;
/** How long a command may wait for its batch. */
export const MAX_WAIT_MS = 2_000;
export const MAX_BATCH_COMMANDS = 512;
export const MAX_BATCH_STEPS = 4_096;

export interface QueuedCommand {
  readonly command: Command;
  /** What it names of the ledger; nothing where batches come one after the other. */
  readonly names: readonly string[];
  readonly answer: (outcome: CommandOutcome) => void;
  readonly sinceMs: number;
}

/** Commands that wait for their batch, in order of arrival. */
export interface CommandQueue {
  readonly size: number;
  /** False when there is no room for it. */
  add(queued: QueuedCommand): boolean;
  /** Takes those that came before this moment. */
  takeOlderThan(ms: number): readonly QueuedCommand[];
  /** Takes `atMost` from the front, or as many as a batch may have, which is at least one. */
  takeBatch(atMost: number): readonly QueuedCommand[];
  /**
   * The same, but leaves those that name what is taken, and those that name what one before them
   * waits for: so what commands name is changed in the order in which they came. Takes none when
   * they would be fewer than `atLeast`.
   */
  takeApartFrom(
    taken: ReadonlySet<string>,
    atLeast: number,
    atMost: number,
  ): readonly QueuedCommand[];
}

/**
 * What a command names of the ledger: levels, reservations, purchases, an owner.
 * @throws {Error} for one of a type that nobody knows.
 */
export function namesOf(command: Command): string[] {
  const { levels, reservations, returns, owner } = referencesOf(command);
  const names = levels.map(({ productId, location }) => levelKey(productId, location));
  return [...names, ...reservations, ...returns, ...(owner === null ? [] : [`owner ${owner}`])];
}

export function createCommandQueue(): CommandQueue {
  let queue: QueuedCommand[] = [];
  let queuedSteps = 0;

  function hasRoomFor(command: Command): boolean {
    if (queue.length === 0) return true;
    return queue.length < MAX_QUEUED_COMMANDS && queuedSteps + sizeOf(command) <= MAX_QUEUED_STEPS;
  }

  function take(taken: readonly QueuedCommand[], left: QueuedCommand[]): readonly QueuedCommand[] {
    for (const { command } of taken) queuedSteps -= sizeOf(command);
    queue = left;
    return taken;
  }

  return {
    get size() {
      return queue.length;
    },
    add(queued) {
      if (!hasRoomFor(queued.command)) return false;
      queue.push(queued);
      queuedSteps += sizeOf(queued.command);
      return true;
    },
    takeOlderThan(ms) {
      const firstInTime = queue.findIndex(({ sinceMs }) => sinceMs >= ms);
      const count = firstInTime === -1 ? queue.length : firstInTime;
      return count === 0 ? [] : take(queue.slice(0, count), queue.slice(count));
    },
    takeBatch(atMost) {
      const batch = createBatch();
      const end = queue.findIndex(({ command }) => !batch.hasRoomFor(command));
      const count = Math.min(atMost, end === -1 ? queue.length : end);
      return take(queue.slice(0, count), queue.slice(count));
    },
    takeApartFrom(taken, atLeast, atMost) {
      const batch = createBatch();
      const unavailable = new Set(taken);
      const [apart, left]: [QueuedCommand[], QueuedCommand[]] = [[], []];
      for (const queued of queue) {
        const { names } = queued;
        const isApart = !names.some((name) => unavailable.has(name));
        const isTaken = isApart && apart.length < atMost && batch.hasRoomFor(queued.command);
        if (isTaken) apart.push(queued);
        else {
          left.push(queued);
          for (const name of names) unavailable.add(name);
        }
      }
      return apart.length < atLeast ? [] : take(apart, left);
    },
  };
}

/** Counts what one batch may have. */
function createBatch() {
  let commands = 0;
  let steps = 0;
  return {
    /** Whether it takes one more, which counts from now on; the first one always. */
    hasRoomFor(command: Command): boolean {
      const size = sizeOf(command);
      if (commands > 0 && steps + size > MAX_BATCH_STEPS) return false;
      if (commands === MAX_BATCH_COMMANDS) return false;
      commands += 1;
      steps += size;
      return true;
    },
  };
}
