const SLICE = 500;
/** A slice takes some 10 ms: batches that come meanwhile wait for it, the others don't. */
const PAUSE_MS = 100;
const RETRY_MS = 5_000;

/**
 * Lets purchases adopt the records that earlier releases kept apart from them, a slice at a time
 * until none is left. `adopt` resolves with how many it has looked through of at most `limit`.
 */
export function startRecordAdoption(options: {
  readonly adopt: (limit: number) => Promise<number>;
  readonly onError: (error: unknown) => void;
}): { stop(): void } {
  const { adopt, onError } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function next(): Promise<void> {
    let pauseMs = PAUSE_MS;
    try {
      if ((await adopt(SLICE)) === 0) return;
    } catch (error) {
      onError(error);
      pauseMs = RETRY_MS;
    }
    if (!stopped) timer = setTimeout(() => void next(), pauseMs).unref();
  }

  void next();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
