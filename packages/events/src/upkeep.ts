import type { CursorStore } from './relay.ts';

/** What goes on until it is stopped: a relay, and what else one process at a time does. */
export interface Work {
  /** Says that the log may have grown. Cheap, callable at any time. */
  wake(): void;
  /** Ends it in bounded time. */
  stop(): Promise<void>;
}

/** The work that one process at a time does on a database. */
export interface UpkeepOptions {
  readonly begin: (cursors: CursorStore) => Work;
  /** Told when it can't be found out whose turn it is. */
  readonly onError: (error: unknown) => void;
}
