import type { Recipient } from '../recipient.ts';

/** Whose turn it is to send something, and who waits for a time. */
export interface Turns {
  /** Gives it a turn after all others. */
  add(recipient: Recipient): void;
  /** Gives it a turn as soon as this time has come; none for null. */
  addAt(recipient: Recipient, atMs: number | null): void;
  /** Gives turns to those whose time has come. */
  release(nowMs: number): void;
  /**
   * Takes the next one: by turns one of those who answer well and soon, and one of the others.
   *
   * @param areAllWelcome or only those who answer well and soon
   */
  take(areAllWelcome: boolean): Recipient | null;
}

export function createTurns(): Turns {
  const brisk = new Set<Recipient>();
  const others = new Set<Recipient>();
  const waiting = new Map<Recipient, number>();
  let wasBrisk = false;

  function add(recipient: Recipient): void {
    (recipient.isBrisk ? brisk : others).add(recipient);
  }

  return {
    add,
    addAt(recipient, atMs) {
      if (atMs === null) waiting.delete(recipient);
      else waiting.set(recipient, atMs);
    },
    release(nowMs) {
      for (const [recipient, atMs] of waiting) {
        if (atMs > nowMs) continue;
        waiting.delete(recipient);
        add(recipient);
      }
    },
    take(areAllWelcome) {
      const mayBeOther = areAllWelcome && others.size > 0;
      const isBrisk = !mayBeOther || (!wasBrisk && brisk.size > 0);
      const [next = null] = isBrisk ? brisk : others;
      if (!next) return null;
      wasBrisk = isBrisk;
      brisk.delete(next);
      others.delete(next);
      return next;
    },
  };
}
