/** Pauses of one loop, one at a time, that can be cut short. */
export interface Pauses {
  pause(milliseconds: number): Promise<void>;
  endCurrent(): void;
  /** Ends the current pause and makes later ones last no time. */
  endAll(): void;
}

export function createPauses(): Pauses {
  let ended = false;
  let endCurrent = (): void => {};
  return {
    pause: (milliseconds) =>
      new Promise((resolve) => {
        if (ended) return resolve();
        const timer = setTimeout(resolve, milliseconds);
        endCurrent = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    endCurrent: () => endCurrent(),
    endAll() {
      ended = true;
      endCurrent();
    },
  };
}
