/** Runs work when all that came before it has ended. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** One piece of work at a time: for what would take too much memory together. */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}
