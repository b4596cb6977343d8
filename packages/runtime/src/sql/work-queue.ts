/** Runs work when all that came before it has ended. */
export type WorkQueue = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function createWorkQueue(): WorkQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
