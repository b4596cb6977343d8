/** Whether what a service is told to keep is kept. */
export interface WriteHealth {
  readonly status: 'ok' | 'degraded';
  succeeded(): void;
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

/** Remembers whether the last write succeeded; after one that failed it finds out by itself when writing works again. */
export function createWriteHealth({ tryToWrite, everyMs }: WriteHealthOptions): WriteHealth {
  let timer: NodeJS.Timeout | undefined;
  let isTrying = false;
  let isStopped = false;

  function succeeded(): void {
    clearInterval(timer);
    timer = undefined;
  }

  async function retry(): Promise<void> {
    if (isTrying) return;
    isTrying = true;
    await tryToWrite().then(succeeded, () => {});
    isTrying = false;
  }

  return {
    get status() {
      return timer === undefined ? 'ok' : 'degraded';
    },
    succeeded,
    failed() {
      if (!isStopped) timer ??= setInterval(() => void retry(), everyMs).unref();
    },
    stop() {
      isStopped = true;
      succeeded();
    },
  };
}
