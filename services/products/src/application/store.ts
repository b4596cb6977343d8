import type { CursorStore } from '@anaquel/events';
import type { Clock } from '@anaquel/runtime';
import type { ProductStore } from './product-store.ts';
import type { ProductTags } from './product-tags.ts';
import type { RefreshTexts } from './text-upkeep.ts';

/** One database, opened for this service, with all that is kept in it. */
export interface Store {
  readonly products: ProductStore;
  readonly tags: ProductTags;
  readonly cursors: CursorStore;
  readonly refreshTexts: RefreshTexts;
  /** Goes on after the last instant that is recorded. */
  readonly clock: Clock;
  /** What names the log of changes in the source of its events. */
  logId(): Promise<string>;
  /** Made once with the database, so that a file of another shop's products is known by it. */
  shopId(): Promise<string>;
  /** Reads something; throws when nothing can be read. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What a store tells of. */
export interface StoreListener {
  /** Called after each commit that may have written a change. */
  onChange(): void;
  /** Called with the reason why nothing can be written now. */
  onUnavailable(error: unknown): void;
}
