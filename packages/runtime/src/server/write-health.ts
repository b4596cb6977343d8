/** Whether what a service is told to keep is kept. */
export interface WriteHealth {
  readonly status: 'ok' | 'degraded';
  /**
   * A transaction was committed. It may have written nothing: after a failure a write is tried at
   * once, to know.
   */
  committed(): void;
  /** From now on a write is tried every now and then, until one succeeds. */
  failed(): void;
  /** Tries no more. */
  stop(): void;
}

export interface WriteHealthOptions {
  /** Writes something that means nothing, as durably as what does. */
  readonly tryToWrite: () => Promise<unknown>;
  /** How often, while writing fails. */
  readonly everyMs: number;
}

/** Remembers that a write failed, and finds out by itself when writing works again. */
export function createWriteHealth({ tryToWrite, everyMs }: WriteHealthOptions): WriteHealth {
  let timer: NodeJS.Timeout | undefined;
  let isTrying = false;
  let isStopped = false;

  function endTrying(): void {
    clearInterval(timer);
    timer = undefined;
  }

  async function retry(): Promise<void> {
    if (isTrying) return;
    isTrying = true;
    await tryToWrite().then(endTrying, () => {});
    isTrying = false;
  }

  return {
    get status() {
      return timer === undefined ? 'ok' : 'degraded';
    },
    committed() {
      if (timer !== undefined) void retry();
    },
    failed() {
      if (!isStopped) timer ??= setInterval(() => void retry(), everyMs).unref();
    },
    stop() {
      isStopped = true;
      endTrying();
    },
  };
}
