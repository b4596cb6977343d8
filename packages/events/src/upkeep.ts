import type { Work } from '@anaquel/runtime';
import type { ReadEntries } from './cloud-event.ts';
import type { CursorStore } from './relay.ts';

/** The work that one process at a time does on a database with a log of such entries. */
export interface UpkeepOptions<Entry> {
  /** `read` gives what may be published: no other process does, and no failover takes it back. */
  readonly begin: (read: ReadEntries<Entry>, cursors: CursorStore) => Work;
  /** Told when it can't be found out whose turn it is. */
  readonly onError: (error: unknown) => void;
}
