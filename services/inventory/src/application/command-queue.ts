import { sizeOf, type Command } from '../domain/command.ts';
import type { CommandOutcome } from '../domain/command-outcome.ts';

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
  readonly answer: (outcome: CommandOutcome) => void;
  readonly sinceMs: number;
}

/** Commands that wait for their batch, in order of arrival. */
export interface CommandQueue {
  readonly isEmpty: boolean;
  /** False when there is no room for it. */
  add(queued: QueuedCommand): boolean;
  /** Takes those that came before this moment. */
  takeOlderThan(ms: number): readonly QueuedCommand[];
  /** Takes as many from the front as one batch may have: at least one, if there is one. */
  takeBatch(): readonly QueuedCommand[];
}

export function createCommandQueue(): CommandQueue {
  const queue: QueuedCommand[] = [];
  let queuedSteps = 0;

  function hasRoomFor(command: Command): boolean {
    if (queue.length === 0) return true;
    return queue.length < MAX_QUEUED_COMMANDS && queuedSteps + sizeOf(command) <= MAX_QUEUED_STEPS;
  }

  function take(count: number): readonly QueuedCommand[] {
    const front = queue.splice(0, count);
    for (const { command } of front) queuedSteps -= sizeOf(command);
    return front;
  }

  return {
    get isEmpty() {
      return queue.length === 0;
    },
    add(queued) {
      if (!hasRoomFor(queued.command)) return false;
      queue.push(queued);
      queuedSteps += sizeOf(queued.command);
      return true;
    },
    takeOlderThan(ms) {
      const firstInTime = queue.findIndex(({ sinceMs }) => sinceMs >= ms);
      return take(firstInTime === -1 ? queue.length : firstInTime);
    },
    takeBatch() {
      let steps = 0;
      let count = 0;
      for (const { command } of queue) {
        steps += sizeOf(command);
        if (count === MAX_BATCH_COMMANDS || (count > 0 && steps > MAX_BATCH_STEPS)) break;
        count += 1;
      }
      return take(count);
    },
  };
}
