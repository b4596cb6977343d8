import type { LevelStep, Result, StepResult } from './command.ts';
import type { Level } from './level.ts';
import type { Movement } from './movement.ts';

/**
 * What one step left, before its movements have their places: a level, or which of the command's
 * movements, from 0.
 */
export type StepMark = Level | number;

/** What such a step is to leave is its movement; of all others it is the level. */
const MOVING: ReadonlySet<LevelStep['type']> = new Set(['receive', 'adjust', 'return']);

export function markOf(step: LevelStep, level: Level, movements: number): StepMark {
  return MOVING.has(step.type) ? movements - 1 : level;
}

/** One result for each of a command's steps, once its movements have been placed. */
export function tellEachStep(
  marks: readonly StepMark[],
  placed: readonly Movement[],
  steps: number,
): Result {
  if (marks.length !== steps)
    throw new Error('Only steps that change levels, and take nothing, can be told one by one');
  const changes = marks.map((mark): StepResult => {
    if (typeof mark !== 'number') return { level: mark };
    const movement = placed[mark];
    if (!movement) throw new Error('A step made no movement');
    return { movement };
  });
  return { type: 'changes', changes };
}
