import type { CursorStore } from '@anaquel/events';
import type { Clock } from '@anaquel/runtime';
import type { Ledger, LedgerReader } from './ledger.ts';

/** One database, opened for this service. */
export interface Store {
  readonly ledger: Ledger;
  readonly reader: LedgerReader;
  /** Its instants are later than all that the database had recorded. */
  readonly clock: Clock;
  /**
   * Lets one process at a time work on this database: this one begins, perhaps again, when it is
   * its turn. Cursors are kept only while it is.
   */
  startUpkeep(options: UpkeepOptions): Work;
  /** Lets go of everything. */
  close(): Promise<void>;
}

export interface UpkeepOptions {
  readonly begin: (cursors: CursorStore) => Work;
  /** Told when it can't be found out whose turn it is. */
  readonly onError: (error: unknown) => void;
}

/** What goes on until it is stopped. */
export interface Work {
  /** Says that the log may have grown. Cheap, callable at any time. */
  wake(): void;
  /** Ends it in bounded time. */
  stop(): Promise<void>;
}
