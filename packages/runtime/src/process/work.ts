/** What goes on until it is stopped: a relay, and what else needs no requests. */
export interface Work {
  /** Says that there may be something to do. Cheap, callable at any time. */
  wake(): void;
  /** Ends it in bounded time. It may be called again. */
  stop(): Promise<void>;
}
