import type { Work } from '@anaquel/runtime';
import type { CursorStore } from './relay.ts';

/**
 * The work that one process at a time does on a database. `Log` reads the log in it; `Deliveries`
 * is what it has to know and to save about what it delivers.
 */
export interface UpkeepOptions<Log, Deliveries> {
  /**
   * `log` gives what may be published: no other process does, and no failover takes it back.
   * Cursors and deliveries are saved only while no other process has begun.
   */
  readonly begin: (log: Log, cursors: CursorStore, deliveries: Deliveries) => Work;
  /** Told when it can't be found out whose turn it is. */
  readonly onError: (error: unknown) => void;
}
