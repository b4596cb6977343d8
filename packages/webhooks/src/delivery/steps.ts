/** What one loop does again and again, each step at its time. */
export interface Steps {
  /**
   * Does a step unless it was done less than `everyMs` ago, or sooner if it is urgent. One that
   * failed waits in any case. Null when it was not done.
   */
  run<Result>(
    name: string,
    step: () => Promise<Result>,
    isUrgent?: boolean,
  ): Promise<Result | null>;
}

export function createSteps(everyMs: number, onError: (error: unknown) => void): Steps {
  const dueMs = new Map<string, number>();
  const failed = new Set<string>();
  return {
    async run(name, step, isUrgent = false) {
      const isDue = performance.now() >= (dueMs.get(name) ?? 0);
      if (!isDue && (!isUrgent || failed.has(name))) return null;
      dueMs.set(name, performance.now() + everyMs);
      try {
        const result = await step();
        failed.delete(name);
        return result;
      } catch (error) {
        failed.add(name);
        onError(error);
        return null;
      }
    },
  };
}
