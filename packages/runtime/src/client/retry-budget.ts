/** Ten requests pay for one retry. */
const EARNED_A_REQUEST = 0.1;
/** What may be saved up, and what there is at first. */
const MOST_SAVED = 10;

/**
 * Keeps retries to a tenth of the requests over time, so that they never become the storm that
 * keeps a neighbour down.
 */
export interface RetryBudget {
  /** To be called for every request, not for its retries. */
  earn(): void;
  /** Takes one retry from the budget; false, and nothing is taken, when there is none. */
  spend(): boolean;
}

/** A bucket of retries: ten at first and at most, a tenth more with every request. */
export function createRetryBudget(): RetryBudget {
  let saved = MOST_SAVED;
  return {
    earn() {
      saved = Math.min(MOST_SAVED, saved + EARNED_A_REQUEST);
    },
    spend() {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
