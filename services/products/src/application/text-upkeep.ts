import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Derives the texts and words of products again that other code left: of at most `limit`, in one
 * transaction. Gives how many there were.
 */
export type RefreshTexts = (limit: number) => Promise<number>;

const EVERY_MS = 60_000;
/** Some milliseconds of work, while other changes wait. */
const SLICE = 20;
/** Two million products. */
const SLICES_A_ROUND = 100_000;

/**
 * Keeps the texts that searches and orders go by as this code makes them: those of all products
 * after an update, and of those that the release before still writes while it is replaced.
 */
export function startTextUpkeep({
  refreshTexts,
  onError,
}: {
  readonly refreshTexts: RefreshTexts;
  readonly onError: (error: unknown) => void;
}): { stop(): Promise<void> } {
  let isStopped = false;
  let underWay: Promise<void> | undefined;

  /** Whether there may be more. */
  async function refreshSlice(): Promise<boolean> {
    try {
      return (await refreshTexts(SLICE)) === SLICE;
    } catch (error) {
      onError(error);
      return false;
    }
  }

  async function refreshAll(): Promise<void> {
    for (let slices = 0; slices < SLICES_A_ROUND && !isStopped; slices += 1) {
      if (!(await refreshSlice())) return;
      await nextTurn();
    }
  }

  function startRound(): void {
    underWay ??= refreshAll().finally(() => (underWay = undefined));
  }

  startRound();
  const timer = setInterval(startRound, EVERY_MS);
  timer.unref();
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await underWay;
    },
  };
}
