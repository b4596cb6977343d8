import { StartupError } from '@anaquel/runtime';

/** A database that is put back: ready, and not to be seen before it is published. */
export interface Restoration {
  publish(): Promise<void>;
  /** Lets go of it. What wasn't published leaves nothing behind. */
  end(): Promise<void>;
}

/** Something is there already where a database is to be put. */
export class DatabaseThereError extends StartupError {}
